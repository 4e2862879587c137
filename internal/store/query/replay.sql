-- name: DropExpiredReplay :exec
DELETE FROM replay WHERE replay_key = @replay_key AND expires <= @moment;

-- name: InsertReplay :execrows
INSERT INTO replay (replay_key, company_id, answer, created, expires)
VALUES (@replay_key, @company_id, @answer, @created, @expires)
ON CONFLICT (replay_key) DO NOTHING;

-- name: InsertReplayObject :exec
INSERT INTO replay_object (object_id, replay_key) VALUES (@object_id, @replay_key)
ON CONFLICT (object_id, replay_key) DO NOTHING;

-- name: Replay :one
SELECT * FROM replay WHERE replay_key = @replay_key AND expires > @moment;

-- name: SetReplayAnswer :execrows
UPDATE replay SET answer = @answer WHERE replay_key = @replay_key AND answer IS NOT NULL;

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

-- name: DeleteExpiredReplays :execrows
DELETE FROM replay WHERE expires <= @moment;
