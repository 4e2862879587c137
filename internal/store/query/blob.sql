-- name: AddBlobIntent :exec
INSERT INTO blob_intent (blob_key, created) VALUES (@blob_key, @created);

-- name: DropBlobIntent :exec
DELETE FROM blob_intent WHERE blob_key = @blob_key;

-- name: BlobIntents :many
SELECT blob_key FROM blob_intent WHERE created < @before ORDER BY created, blob_key LIMIT @most;

-- name: BlobNamed :one
SELECT CAST(EXISTS (SELECT 1 FROM media b WHERE b.blob_key = @blob_key)
    OR EXISTS (SELECT 1 FROM media t WHERE t.thumb_key = @blob_key)
    OR EXISTS (SELECT 1 FROM media v WHERE v.preview_key = @blob_key)
    OR EXISTS (SELECT 1 FROM person_image pb WHERE pb.blob_key = @blob_key)
    OR EXISTS (SELECT 1 FROM person_image pt WHERE pt.thumb_key = @blob_key)
    OR EXISTS (SELECT 1 FROM report r WHERE r.blob_key = @blob_key)
    OR EXISTS (SELECT 1 FROM template_attachment a WHERE a.blob_key = @blob_key) AS INTEGER) AS named;

-- name: AddBlobErase :exec
INSERT INTO blob_erase (blob_key, created) VALUES (@blob_key, @created)
ON CONFLICT (blob_key) DO NOTHING;

-- name: DropBlobErase :exec
DELETE FROM blob_erase WHERE blob_key = @blob_key;

-- name: BlobErases :many
SELECT blob_key FROM blob_erase ORDER BY created, blob_key LIMIT @most;

-- name: BlobKeys :many
SELECT media.blob_key FROM media WHERE media.blob_key > @after AND media.blob_key <> ''
UNION SELECT media.thumb_key FROM media WHERE media.thumb_key > @after AND media.thumb_key <> ''
UNION SELECT media.preview_key FROM media WHERE media.preview_key > @after AND media.preview_key <> ''
UNION SELECT person_image.blob_key FROM person_image WHERE person_image.blob_key > @after AND person_image.blob_key <> ''
UNION SELECT person_image.thumb_key FROM person_image WHERE person_image.thumb_key > @after AND person_image.thumb_key <> ''
UNION SELECT report.blob_key FROM report WHERE report.blob_key > @after
UNION SELECT template_attachment.blob_key FROM template_attachment WHERE template_attachment.blob_key > @after
ORDER BY blob_key LIMIT @most;

-- name: DataKeys :many
SELECT * FROM data_key
WHERE company_id = @company_id AND purpose = @purpose AND (company_id = @scope OR @scope = '*')
ORDER BY key_id DESC;

-- name: InsertDataKey :exec
INSERT INTO data_key (company_id, purpose, key_id, wrapped, created)
VALUES (@company_id, @purpose, @key_id, @wrapped, @created);
