-- name: InsertMeta :exec
INSERT INTO meta (company_id, kind, object_id, path, content, term)
VALUES (@company_id, @kind, @object_id, @path, @content, @term);

-- name: DeleteMeta :exec
DELETE FROM meta WHERE object_id = @object_id;

-- name: DeleteFolderMeta :exec
DELETE FROM meta WHERE object_id IN (
    SELECT f.id FROM folder f WHERE f.id = @folder_id
    UNION ALL SELECT m.id FROM media m WHERE m.folder_id = @folder_id
    UNION ALL SELECT a.id FROM analysis a WHERE a.folder_id = @folder_id
);
