-- name: InsertReport :execrows
INSERT INTO report (id, folder_id, company_id, owner_id, template_id, format, sha256, size, blob_key, created)
SELECT @id, folder.id, folder.company_id, folder.user_id, @template_id, @format, @sha256, @size, @blob_key, @created FROM folder
WHERE folder.id = @folder_id AND (folder.company_id = @scope OR @scope = '*') AND (folder.user_id = @owner OR @owner = '');

-- name: Report :one
SELECT * FROM report
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: DeleteReport :one
DELETE FROM report
WHERE id = @id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '')
RETURNING blob_key;

-- name: BlobsOfReports :many
SELECT blob_key FROM report
WHERE folder_id = @folder_id AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: InsertReportTemplate :execrows
INSERT INTO report_template (id, company_id, name, name_fold, title, footer, locale, sections, created, updated)
VALUES (@id, @company_id, @name, @name_fold, @title, @footer, @locale, @sections, @created, @updated);

-- name: UpdateReportTemplate :execrows
UPDATE report_template SET
    name = @name, name_fold = @name_fold, title = @title, footer = @footer, locale = @locale, sections = @sections, updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: ReportTemplate :one
SELECT * FROM report_template
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: DeleteReportTemplate :execrows
DELETE FROM report_template
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: InsertAttachment :execrows
INSERT INTO template_attachment (id, template_id, company_id, name, mime, size, blob_key, created)
SELECT @id, report_template.id, report_template.company_id, @name, @mime, @size, @blob_key, @created FROM report_template
WHERE report_template.id = @template_id AND (report_template.company_id = @scope OR @scope = '*');

-- name: Attachment :one
SELECT * FROM template_attachment
WHERE id = @id AND template_id = @template_id AND (company_id = @scope OR @scope = '*');

-- name: DeleteAttachment :one
DELETE FROM template_attachment
WHERE id = @id AND template_id = @template_id AND (company_id = @scope OR @scope = '*')
RETURNING blob_key;

-- name: BlobsOfReportTemplate :many
SELECT blob_key FROM template_attachment
WHERE template_id = @template_id AND (company_id = @scope OR @scope = '*');

-- name: BlobsOfCompanyTemplates :many
SELECT blob_key FROM template_attachment
WHERE company_id = @id AND (company_id = @scope OR @scope = '*');
