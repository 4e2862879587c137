-- name: DropExpiredReplay :many
DELETE FROM replay WHERE replay_key = @replay_key AND expires <= @moment
RETURNING company_id, size;

-- name: ReplayHeld :one
SELECT bytes FROM replay_held WHERE company_id = @company_id;

-- name: AddReplayHeld :exec
INSERT INTO replay_held (company_id, bytes) VALUES (@company_id, @bytes)
ON CONFLICT (company_id) DO UPDATE SET bytes = replay_held.bytes + excluded.bytes;

-- name: InsertReplay :execrows
INSERT INTO replay (replay_key, company_id, answer, size, created, expires)
VALUES (@replay_key, @company_id, @answer, @size, @created, @expires)
ON CONFLICT (replay_key) DO NOTHING;

-- name: InsertReplayObject :exec
INSERT INTO replay_object (object_id, replay_key) VALUES (@object_id, @replay_key)
ON CONFLICT (object_id, replay_key) DO NOTHING;

-- name: Replay :one
SELECT * FROM replay WHERE replay_key = @replay_key AND expires > @moment;

-- name: DropEmptyReplayHeld :exec
DELETE FROM replay_held WHERE bytes <= 0;

-- name: LockReplay :one
SELECT company_id, size FROM replay WHERE replay_key = @replay_key AND answer IS NOT NULL;

-- name: SetReplayAnswer :exec
UPDATE replay SET answer = @answer, size = @size WHERE replay_key = @replay_key;

-- name: ForgetAnswers :exec
UPDATE replay SET answer = NULL
WHERE replay_key IN (SELECT o.replay_key FROM replay_object o WHERE o.object_id = @object_id);

-- name: ForgetFolderAnswers :exec
UPDATE replay SET answer = NULL
WHERE replay_key IN (
    SELECT o.replay_key FROM replay_object o
    WHERE o.object_id = @folder_id
       OR o.object_id IN (SELECT media.id FROM media WHERE media.folder_id = @folder_id)
       OR o.object_id IN (SELECT analysis.id FROM analysis WHERE analysis.folder_id = @folder_id)
);

-- name: DeleteExpiredReplays :many
DELETE FROM replay WHERE replay_key IN (
    SELECT r.replay_key FROM replay r WHERE r.expires <= @moment ORDER BY r.expires LIMIT @most
)
RETURNING company_id, size;
