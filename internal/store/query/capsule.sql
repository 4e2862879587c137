-- name: CapsuleToken :one
SELECT * FROM capsule_token
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: SpendCapsuleToken :execrows
INSERT INTO capsule_token (id, company_id, failures, spent, expires)
VALUES (@id, @company_id, 0, @spent, @expires)
ON CONFLICT (id) DO UPDATE SET spent = excluded.spent
WHERE capsule_token.spent = 0 AND capsule_token.company_id = excluded.company_id;

-- name: FailCapsuleToken :execrows
INSERT INTO capsule_token (id, company_id, failures, spent, expires)
VALUES (@id, @company_id, 1, 0, @expires)
ON CONFLICT (id) DO UPDATE SET failures = capsule_token.failures + 1
WHERE capsule_token.spent = 0 AND capsule_token.company_id = excluded.company_id;

-- name: SpendFailedCapsuleToken :execrows
UPDATE capsule_token SET spent = @spent
WHERE id = @id AND spent = 0 AND failures >= @most AND (company_id = @scope OR @scope = '*');

-- name: NoteCapsuleMedia :execrows
INSERT INTO capsule_media (company_id, mark, token_id, created, expires)
VALUES (@company_id, @mark, @token_id, @created, @expires)
ON CONFLICT (company_id, mark) DO UPDATE
SET token_id = excluded.token_id, created = excluded.created, expires = excluded.expires
WHERE capsule_media.expires <= excluded.created OR capsule_media.token_id = excluded.token_id;

-- name: DeleteExpiredCapsuleTokens :execrows
DELETE FROM capsule_token
WHERE expires < @before AND (company_id = @scope OR @scope = '*');

-- name: DeleteExpiredCapsuleMedia :execrows
DELETE FROM capsule_media
WHERE expires < @before AND (company_id = @scope OR @scope = '*');
