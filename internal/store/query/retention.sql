-- name: RetainingCompanies :many
SELECT * FROM company
WHERE retention <> '{}' AND (id = @scope OR @scope = '*')
ORDER BY id;

-- name: ExpiredMedia :many
SELECT media.id, media.folder_id FROM media
WHERE media.company_id = @company_id AND media.created < @before AND NOT media.cleared AND media.analysis_id IS NULL
  AND (media.company_id = @scope OR @scope = '*')
  AND NOT EXISTS (
    SELECT 1 FROM analysis_media JOIN analysis ON analysis.id = analysis_media.analysis_id
    WHERE analysis_media.media_id = media.id AND analysis.state = 'PROCESSING'
  )
ORDER BY media.created, media.id
LIMIT @most OFFSET @skip;

-- name: ExpiredFolders :many
SELECT id FROM folder
WHERE company_id = @company_id AND created < @before AND (company_id = @scope OR @scope = '*')
ORDER BY created, id
LIMIT @most OFFSET @skip;

-- name: ExpiredAnalyses :many
SELECT id FROM analysis
WHERE company_id = @company_id AND created < @before AND (company_id = @scope OR @scope = '*')
ORDER BY created, id
LIMIT @most OFFSET @skip;

-- name: CountExpired :one
SELECT
    (SELECT COUNT(*) FROM folder
     WHERE folder.company_id = company.id AND folder.created < @folders_before) AS folders,
    (SELECT COUNT(*) FROM media JOIN folder ON folder.id = media.folder_id
     WHERE media.company_id = company.id AND NOT media.cleared AND media.analysis_id IS NULL
       AND (media.created < @media_before OR folder.created < @folders_before)) AS media,
    (SELECT COUNT(*) FROM analysis JOIN folder ON folder.id = analysis.folder_id
     WHERE analysis.company_id = company.id
       AND (analysis.created < @analyses_before OR folder.created < @folders_before)) AS analyses
FROM company
WHERE company.id = @id AND (company.id = @scope OR @scope = '*');

-- name: ClearMedia :execrows
UPDATE media SET cleared = TRUE, blob_key = '', thumb_key = '', preview_key = '', updated = @updated
WHERE (id = @id OR source_id = @id) AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: DeleteLooks :exec
DELETE FROM look
WHERE media_id = @media_id AND media_id IN (
    SELECT media.id FROM media
    WHERE (media.company_id = @scope OR @scope = '*') AND (media.owner_id = @owner OR @owner = '')
);

-- name: SetFolderCleared :exec
UPDATE folder SET cleared = NOT EXISTS (
    SELECT 1 FROM media WHERE media.folder_id = folder.id AND media.analysis_id IS NULL AND NOT media.cleared
)
WHERE folder.id = (SELECT media.folder_id FROM media WHERE media.id = @media_id)
  AND (folder.company_id = @scope OR @scope = '*') AND (folder.user_id = @owner OR @owner = '');
