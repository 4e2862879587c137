-- name: Settings :many
SELECT name, content FROM setting ORDER BY name;

-- name: SetSetting :exec
INSERT INTO setting (name, content, updated) VALUES (@name, @content, @updated)
ON CONFLICT (name) DO UPDATE SET content = excluded.content, updated = excluded.updated;

-- name: DropSetting :exec
DELETE FROM setting WHERE name = @name;
