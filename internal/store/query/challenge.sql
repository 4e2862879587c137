-- name: InsertChallenge :execrows
INSERT INTO challenge (id, company_id, session_id, nonce, steps, created, expires)
VALUES (@id, @company_id, @session_id, @nonce, @steps, @created, @expires);

-- name: Challenge :one
SELECT * FROM challenge
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: SpentSteps :many
SELECT challenge_step.step FROM challenge_step
JOIN challenge ON challenge.id = challenge_step.challenge_id
WHERE challenge_step.challenge_id = @id AND (challenge.company_id = @scope OR @scope = '*')
ORDER BY challenge_step.step;

-- name: SpendStep :execrows
INSERT INTO challenge_step (challenge_id, step, spent)
SELECT challenge.id, @step, @spent FROM challenge
WHERE challenge.id = @id AND (challenge.company_id = @scope OR @scope = '*')
ON CONFLICT (challenge_id, step) DO NOTHING;

-- name: DeleteExpiredChallenges :execrows
DELETE FROM challenge
WHERE expires < @before AND (company_id = @scope OR @scope = '*');
