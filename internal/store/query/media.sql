-- name: Media :one
SELECT * FROM media
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: InsertMedia :one
INSERT INTO media (
    id, folder_id, company_id, owner_id, type, part, original_name, tags, info, sha256,
    blob_key, thumb_key, preview_key, analysis_id, source_id, cleared, metadata, technical, created, updated
)
SELECT
    @id, folder.id, folder.company_id, folder.user_id, @type, @part, @original_name, @tags, @info, @sha256,
    @blob_key, @thumb_key, @preview_key, @analysis_id, @source_id, @cleared, @metadata, @technical, @created, @updated
FROM folder
WHERE folder.id = @folder_id
  AND (folder.company_id = @scope OR @scope = '*') AND (folder.user_id = @owner OR @owner = '')
RETURNING company_id;

-- name: SetTags :execrows
UPDATE media SET tags = @tags, updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: DeleteMedia :execrows
DELETE FROM media
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: BlobsOfMedium :many
SELECT id, blob_key, thumb_key, preview_key FROM media
WHERE (id = @id OR source_id = @id) AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: BlobsOfAnalysis :many
SELECT id, blob_key, thumb_key, preview_key FROM media
WHERE analysis_id = @analysis_id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: BlobsOfFolder :many
SELECT id, blob_key, thumb_key, preview_key FROM media
WHERE folder_id = @folder_id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: MediaInUse :many
SELECT analysis.id, analysis.folder_id FROM analysis_media
JOIN analysis ON analysis.id = analysis_media.analysis_id
WHERE analysis_media.media_id = @media_id AND analysis.state = 'PROCESSING'
  AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '')
ORDER BY analysis.created DESC, analysis.id DESC
LIMIT @most;

-- name: SourcesOfMedia :many
SELECT analysis.id, analysis.source FROM analysis_media
JOIN analysis ON analysis.id = analysis_media.analysis_id
WHERE analysis_media.media_id = @media_id
  AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: SetSource :exec
UPDATE analysis SET source = @source
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: Look :one
SELECT look.* FROM look
JOIN media ON media.id = look.media_id
WHERE look.media_id = @media_id AND look.model = @model AND look.seen = @seen
  AND (media.company_id = @scope OR @scope = '*') AND (media.owner_id = @owner OR @owner = '');

-- name: PutLook :exec
INSERT INTO look (media_id, model, seen, company_id, template, quality, face, grade, trace, created)
SELECT media.id, @model, @seen, media.company_id, @template, @quality, @face, @grade, @trace, @created FROM media
WHERE media.id = @media_id AND NOT media.cleared
  AND (media.company_id = @scope OR @scope = '*') AND (media.owner_id = @owner OR @owner = '')
ON CONFLICT (media_id, model, seen) DO UPDATE SET
    template = excluded.template, quality = excluded.quality, face = excluded.face,
    grade = excluded.grade, trace = excluded.trace, created = excluded.created;

-- name: MediaMetadata :one
SELECT metadata, company_id, owner_id FROM media
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: SetMediaMetadata :one
UPDATE media SET metadata = @metadata, updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '')
RETURNING company_id;
