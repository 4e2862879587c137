-- name: Folder :one
SELECT * FROM folder
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (user_id = @owner OR @owner = '');

-- name: LockFolder :one
SELECT * FROM folder
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (user_id = @owner OR @owner = '');

-- name: InsertFolder :execrows
INSERT INTO folder (
    id, company_id, user_id, status, system_resolution, resolution_endpoint, resolution_time,
    operator_status, operator_comment, author_id, cleared, had_analysis,
    metadata, technical, created, updated
) VALUES (
    @id, @company_id, @user_id, @status, @system_resolution, @resolution_endpoint, @resolution_time,
    @operator_status, @operator_comment, @author_id, @cleared, FALSE,
    @metadata, @technical, @created, @updated
);

-- name: SetFolderState :execrows
UPDATE folder SET
    status = @status, system_resolution = @system_resolution, resolution_time = @resolution_time,
    operator_status = @operator_status, operator_comment = @operator_comment,
    author_id = @author_id, updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (user_id = @owner OR @owner = '');

-- name: TouchFolder :execrows
UPDATE folder SET updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (user_id = @owner OR @owner = '');

-- name: MarkAnalysed :execrows
UPDATE folder SET had_analysis = TRUE
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (user_id = @owner OR @owner = '');

-- name: DeleteFolder :execrows
DELETE FROM folder
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (user_id = @owner OR @owner = '');

-- name: FolderHadAnalysis :one
SELECT had_analysis FROM folder
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (user_id = @owner OR @owner = '');

-- name: FolderMetadata :one
SELECT metadata, company_id, user_id FROM folder
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (user_id = @owner OR @owner = '');

-- name: SetFolderMetadata :one
UPDATE folder SET metadata = @metadata, updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (user_id = @owner OR @owner = '')
RETURNING company_id;
