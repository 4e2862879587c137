-- name: InsertTombstone :exec
INSERT INTO tombstone (created, kind, object_id) VALUES (@created, @kind, @object_id)
ON CONFLICT (created, kind, object_id) DO NOTHING;

-- name: Tombstones :many
SELECT * FROM tombstone ORDER BY created, kind, object_id LIMIT @most;

-- name: DropTombstone :exec
DELETE FROM tombstone WHERE created = @created AND kind = @kind AND object_id = @object_id;

-- name: TombstoneMark :one
SELECT created FROM tombstone_mark WHERE name = 'written';

-- name: SetTombstoneMark :exec
INSERT INTO tombstone_mark (name, created) VALUES ('written', @created)
ON CONFLICT (name) DO UPDATE SET created = CASE WHEN tombstone_mark.created > excluded.created THEN tombstone_mark.created ELSE excluded.created END;

-- name: HomeOfPerson :one
SELECT collection_id FROM person
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: HomeOfImage :one
SELECT collection_id, person_id FROM person_image
WHERE id = @id AND (company_id = @scope OR @scope = '*');
