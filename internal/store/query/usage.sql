-- name: AddUsage :exec
INSERT INTO usage_count (day, company_id, type, source, user_id, units, failed, over_quota)
VALUES (@day, @company_id, @type, @source, @user_id, @units, @failed, @over_quota)
ON CONFLICT (day, company_id, type, source, user_id) DO UPDATE SET
    units = usage_count.units + excluded.units,
    failed = usage_count.failed + excluded.failed,
    over_quota = usage_count.over_quota + excluded.over_quota;

-- name: Usage :many
SELECT
    CAST(CASE WHEN CAST(@by_day AS BIGINT) = 1 THEN day
        WHEN CAST(@by_month AS BIGINT) = 1 THEN SUBSTR(day, 1, 7) ELSE '' END AS TEXT) AS period,
    CAST(CASE WHEN CAST(@by_company AS BIGINT) = 1 THEN company_id ELSE '' END AS TEXT) AS company,
    CAST(CASE WHEN CAST(@by_type AS BIGINT) = 1 THEN type ELSE '' END AS TEXT) AS kind,
    CAST(CASE WHEN CAST(@by_source AS BIGINT) = 1 THEN source ELSE '' END AS TEXT) AS way,
    CAST(SUM(units) AS BIGINT) AS units,
    CAST(SUM(failed) AS BIGINT) AS failed,
    CAST(SUM(over_quota) AS BIGINT) AS over_quota
FROM usage_count
WHERE day >= @from_day AND day <= @to_day AND (company_id = @scope OR @scope = '*')
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
LIMIT @most;

-- name: OldestUserDay :one
SELECT CAST(COALESCE(MIN(day), '') AS TEXT) AS oldest FROM usage_count
WHERE user_id <> '' AND day < @before;

-- name: MergeUsers :exec
INSERT INTO usage_count (day, company_id, type, source, user_id, units, failed, over_quota)
SELECT u.day, u.company_id, u.type, u.source, '', SUM(u.units), SUM(u.failed), SUM(u.over_quota)
FROM usage_count u
WHERE u.day = @day AND u.user_id <> ''
GROUP BY u.day, u.company_id, u.type, u.source
ON CONFLICT (day, company_id, type, source, user_id) DO UPDATE SET
    units = usage_count.units + excluded.units,
    failed = usage_count.failed + excluded.failed,
    over_quota = usage_count.over_quota + excluded.over_quota;

-- name: DropUsers :exec
DELETE FROM usage_count WHERE day = @day AND user_id <> '';

-- name: OpenQuotaMonth :exec
INSERT INTO quota_month (company_id, month, name, used, warned, reached)
VALUES (@company_id, @month, @name, 0, FALSE, FALSE)
ON CONFLICT (company_id, month, name) DO NOTHING;

-- name: LockQuotaMonth :one
SELECT used, warned, reached FROM quota_month
WHERE company_id = @company_id AND month = @month AND name = @name;

-- name: SetQuotaMonth :exec
UPDATE quota_month SET used = @used, warned = @warned, reached = @reached
WHERE company_id = @company_id AND month = @month AND name = @name;

-- name: QuotaMonths :many
SELECT company_id, name, used FROM quota_month
WHERE month = @month AND (company_id = @scope OR @scope = '*')
ORDER BY company_id, name;

-- name: OpenUnits :one
SELECT CAST(COALESCE(SUM(units), 0) AS BIGINT) AS units FROM analysis
WHERE company_id = @company_id AND type = @type AND state = 'PROCESSING' AND (company_id = @scope OR @scope = '*');

-- name: PersonsOfCompany :one
SELECT CAST(COALESCE(SUM(persons), 0) AS BIGINT) AS persons FROM collection
WHERE company_id = @company_id AND (company_id = @scope OR @scope = '*');

-- name: AddBlobStored :exec
INSERT INTO blob_stored (blob_key, company_id, bytes) VALUES (@blob_key, @company_id, @bytes);

-- name: TakeBlobStored :one
DELETE FROM blob_stored WHERE blob_key = @blob_key
RETURNING company_id, bytes;

-- name: AddStored :exec
INSERT INTO company_stored (company_id, bytes) VALUES (@company_id, @bytes)
ON CONFLICT (company_id) DO UPDATE SET bytes = company_stored.bytes + excluded.bytes;

-- name: StoredBytes :one
SELECT bytes FROM company_stored
WHERE company_id = @company_id AND (company_id = @scope OR @scope = '*');

-- name: AllStoredBytes :one
SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM company_stored
WHERE (company_id = @scope OR @scope = '*');

-- name: UnmeasuredBlobs :many
SELECT m.blob_key AS blob_key, m.company_id AS company_id FROM media m
WHERE m.blob_key <> '' AND NOT EXISTS (SELECT 1 FROM blob_stored s WHERE s.blob_key = m.blob_key)
UNION SELECT m.thumb_key, m.company_id FROM media m
WHERE m.thumb_key <> '' AND NOT EXISTS (SELECT 1 FROM blob_stored s WHERE s.blob_key = m.thumb_key)
UNION SELECT m.preview_key, m.company_id FROM media m
WHERE m.preview_key <> '' AND NOT EXISTS (SELECT 1 FROM blob_stored s WHERE s.blob_key = m.preview_key)
UNION SELECT i.blob_key, i.company_id FROM person_image i
WHERE i.blob_key <> '' AND NOT EXISTS (SELECT 1 FROM blob_stored s WHERE s.blob_key = i.blob_key)
UNION SELECT i.thumb_key, i.company_id FROM person_image i
WHERE i.thumb_key <> '' AND NOT EXISTS (SELECT 1 FROM blob_stored s WHERE s.blob_key = i.thumb_key)
ORDER BY 1 LIMIT @most;

-- name: TakeGauges :exec
INSERT INTO company_gauge (company_id, day, bytes, folders, persons, photos)
SELECT company.id, @day,
    COALESCE((SELECT s.bytes FROM company_stored s WHERE s.company_id = company.id), 0),
    (SELECT COUNT(*) FROM folder f WHERE f.company_id = company.id),
    COALESCE((SELECT SUM(c.persons) FROM collection c WHERE c.company_id = company.id), 0),
    COALESCE((SELECT SUM(c.images) FROM collection c WHERE c.company_id = company.id), 0)
FROM company
WHERE company.id > @after_id AND company.id <= @last_id
ON CONFLICT (company_id, day) DO UPDATE SET
    bytes = excluded.bytes, folders = excluded.folders, persons = excluded.persons, photos = excluded.photos;

-- name: CompaniesAfter :many
SELECT id FROM company WHERE id > @after_id ORDER BY id LIMIT @most;

-- name: Gauges :many
SELECT * FROM company_gauge
WHERE day >= @from_day AND day <= @to_day AND (company_id = @scope OR @scope = '*')
ORDER BY day, company_id
LIMIT @most;
