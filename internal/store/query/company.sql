-- name: Company :one
SELECT * FROM company
WHERE id = @id AND (id = @scope OR @scope = '*');

-- name: CompanyByName :one
SELECT * FROM company
WHERE name_fold = @name_fold AND (id = @scope OR @scope = '*');

-- name: InsertCompany :execrows
INSERT INTO company (
    id, name, name_fold, active, resolution_endpoint, require_consent, settings, quota, retention,
    metadata, technical, created, updated
) VALUES (
    @id, @name, @name_fold, @active, @resolution_endpoint, @require_consent, @settings, @quota, @retention,
    @metadata, @technical, @created, @updated
);

-- name: UpdateCompany :execrows
UPDATE company SET
    name = @name, name_fold = @name_fold, active = @active,
    resolution_endpoint = @resolution_endpoint, require_consent = @require_consent,
    settings = @settings, quota = @quota, retention = @retention, metadata = @metadata, technical = @technical, updated = @updated
WHERE id = @id AND (id = @scope OR @scope = '*');

-- name: DeleteCompany :execrows
DELETE FROM company
WHERE id = @id AND (id = @scope OR @scope = '*');

-- name: CompanyUse :one
SELECT
    (SELECT COUNT(*) FROM account WHERE account.company_id = company.id) AS users,
    (SELECT COUNT(*) FROM folder WHERE folder.company_id = company.id) AS folders,
    (SELECT COUNT(*) FROM collection WHERE collection.company_id = company.id) AS collections
FROM company
WHERE company.id = @id AND (company.id = @scope OR @scope = '*');

-- name: CompanyMetadata :one
SELECT metadata, id AS company_id FROM company
WHERE id = @id AND (id = @scope OR @scope = '*');

-- name: SetCompanyMetadata :one
UPDATE company SET metadata = @metadata, updated = @updated
WHERE id = @id AND (id = @scope OR @scope = '*')
RETURNING id AS company_id;
