-- name: Analysis :one
SELECT * FROM analysis
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: InsertAnalysis :one
INSERT INTO analysis (
    id, group_id, folder_id, company_id, owner_id, type, state, resolution, system_resolution,
    operator_status, operator_id, operator_comment, operator_time, source, units, params, result,
    error_code, error_message, resolution_endpoint, run, metadata, technical, created, updated, finished
)
SELECT
    @id, @group_id, folder.id, folder.company_id, folder.user_id, @type, @state, @resolution, @system_resolution,
    @operator_status, @operator_id, @operator_comment, @operator_time, @source, @units, @params, @result,
    @error_code, @error_message, @resolution_endpoint, @run, @metadata, @technical, @created, @updated, @finished
FROM folder
WHERE folder.id = @folder_id
  AND (folder.company_id = @scope OR @scope = '*') AND (folder.user_id = @owner OR @owner = '')
RETURNING company_id;

-- name: InsertAnalysisMedia :exec
INSERT INTO analysis_media (analysis_id, media_id) VALUES (@analysis_id, @media_id)
ON CONFLICT (analysis_id, media_id) DO NOTHING;

-- name: InsertSearched :execrows
INSERT INTO analysis_searched (analysis_id, collection_id)
SELECT analysis.id, @collection_id FROM analysis
WHERE analysis.id = @analysis_id
  AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '')
ON CONFLICT (analysis_id, collection_id) DO NOTHING;

-- name: InsertMatch :execrows
INSERT INTO analysis_match (analysis_id, image_id, person_id, collection_id, company_id, folder_id, owner_id)
SELECT a.id, i.id, i.person_id, i.collection_id, i.company_id, a.folder_id, a.owner_id
FROM analysis a
JOIN person_image i ON i.company_id = a.company_id
WHERE a.id = @analysis_id AND a.folder_id = @folder_id AND a.company_id = @company_id
  AND i.id = @image_id AND i.person_id = @person_id AND i.collection_id = @collection_id
  AND (a.company_id = @scope OR @scope = '*') AND (a.owner_id = @owner OR @owner = '')
ON CONFLICT (analysis_id, image_id) DO UPDATE SET folder_id = excluded.folder_id;

-- name: BeginRun :one
UPDATE analysis SET run = run + 1
WHERE id = @id AND state = 'PROCESSING'
  AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '')
RETURNING *;

-- name: EndAnalysis :execrows
UPDATE analysis SET
    state = @state, resolution = @resolution, system_resolution = @system_resolution,
    result = @result, error_code = @error_code, error_message = @error_message,
    technical = @technical, updated = @updated, finished = @finished
WHERE id = @id AND state = 'PROCESSING' AND run = @run
  AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: SetVerdict :execrows
UPDATE analysis SET
    resolution = @resolution, operator_status = @operator_status, operator_id = @operator_id,
    operator_comment = @operator_comment, operator_time = @operator_time, updated = @updated
WHERE id = @id AND state = 'FINISHED' AND resolution = 'OPERATOR_REQUIRED'
  AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: DeleteAnalysis :execrows
DELETE FROM analysis
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: OverdueAnalyses :many
SELECT * FROM analysis
WHERE state = 'PROCESSING' AND created < @before
  AND (created > @after OR (created = @after AND id > @after_id))
  AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '')
ORDER BY created, id
LIMIT @most;

-- name: OpenAnalyses :one
SELECT COUNT(*) FROM analysis WHERE state = 'PROCESSING';

-- name: AnalysisMetadata :one
SELECT metadata, company_id, owner_id FROM analysis
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: SetAnalysisMetadata :one
UPDATE analysis SET metadata = @metadata, updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '')
RETURNING company_id;
