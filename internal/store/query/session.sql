-- name: InsertSession :execrows
INSERT INTO session (
    id, user_id, company_id, kind, name, ip, user_agent,
    access_hash, refresh_hash, next_access_hash, next_refresh_hash, created, last_used, expires
) VALUES (
    @id, @user_id, @company_id, @kind, @name, @ip, @user_agent,
    @access_hash, @refresh_hash, @next_access_hash, @next_refresh_hash, @created, @last_used, @expires
);

-- name: Session :one
SELECT * FROM session
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: SessionByAccess :one
SELECT sqlc.embed(session), sqlc.embed(account), COALESCE(company.active, TRUE) AS company_active
FROM session
JOIN account ON account.id = session.user_id
LEFT JOIN company ON company.id = account.company_id
WHERE (session.access_hash = @hash OR (session.next_access_hash = @hash AND session.next_access_hash <> ''))
  AND (session.company_id = @scope OR @scope = '*');

-- name: SessionByRefresh :one
SELECT * FROM session
WHERE ((refresh_hash = @hash AND refresh_hash <> '') OR (next_refresh_hash = @hash AND next_refresh_hash <> ''))
  AND (company_id = @scope OR @scope = '*');

-- name: UpdateSession :execrows
UPDATE session SET
    access_hash = @access_hash, refresh_hash = @refresh_hash,
    next_access_hash = @next_access_hash, next_refresh_hash = @next_refresh_hash,
    last_used = @last_used, expires = @expires
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: DeleteSession :execrows
DELETE FROM session
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: DeleteUserSessions :execrows
DELETE FROM session
WHERE user_id = @user_id AND id <> @kept AND (company_id = @scope OR @scope = '*');

-- name: DeleteCompanySessions :execrows
DELETE FROM session
WHERE company_id = @company_id AND (company_id = @scope OR @scope = '*');

-- name: DeleteExpiredSessions :execrows
DELETE FROM session
WHERE expires < @before AND (company_id = @scope OR @scope = '*');

-- name: LoginFailure :one
SELECT * FROM login_failure WHERE pair = @pair;

-- name: SetLoginFailure :exec
INSERT INTO login_failure (pair, failures, first_time, last_time)
VALUES (@pair, @failures, @first_time, @last_time)
ON CONFLICT (pair) DO UPDATE SET
    failures = excluded.failures, first_time = excluded.first_time, last_time = excluded.last_time;

-- name: ClearLoginFailure :exec
DELETE FROM login_failure WHERE pair = @pair;

-- name: DeleteLoginFailures :execrows
DELETE FROM login_failure WHERE last_time < @before;

-- name: DeleteResets :exec
DELETE FROM password_reset WHERE user_id = @user_id;

-- name: InsertReset :exec
INSERT INTO password_reset (hash, user_id, expires, by_admin, created)
VALUES (@hash, @user_id, @expires, @by_admin, @created);

-- name: TakeReset :one
DELETE FROM password_reset WHERE hash = @hash RETURNING *;
