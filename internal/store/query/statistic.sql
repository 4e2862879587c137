-- name: AddStatistic :exec
INSERT INTO statistic (company_id, day, type, status, bucket, ended)
VALUES (@company_id, @day, @type, @status, @bucket, @ended)
ON CONFLICT (company_id, day, type, status, bucket) DO UPDATE SET ended = statistic.ended + excluded.ended;

-- name: TakeStatistic :execrows
UPDATE statistic SET ended = ended - 1
WHERE company_id = @company_id AND day = @day AND type = @type AND status = @status AND bucket = @bucket AND ended > 0;

-- name: CountIntake :exec
INSERT INTO statistic_intake (company_id, day, folders, media)
VALUES (@company_id, @day, @folders, @media)
ON CONFLICT (company_id, day) DO UPDATE SET
    folders = statistic_intake.folders + excluded.folders, media = statistic_intake.media + excluded.media;

-- name: Statistics :many
SELECT
    CAST(CASE WHEN CAST(@by_day AS BIGINT) = 1 THEN day ELSE '' END AS TEXT) AS period,
    type, status, CAST(SUM(ended) AS BIGINT) AS ended
FROM statistic
WHERE statistic.day >= @from_day AND statistic.day <= @to_day
    AND (type = @only_type OR @only_type = '')
    AND (company_id = @only_company OR @only_company = '')
    AND (company_id = @scope OR @scope = '*')
GROUP BY 1, type, status
HAVING SUM(ended) > 0
ORDER BY 1, type, status;

-- name: Latencies :many
SELECT bucket, CAST(SUM(ended) AS BIGINT) AS ended FROM statistic
WHERE day >= @from_day AND day <= @to_day AND status <> 'FAILED'
    AND (type = @only_type OR @only_type = '')
    AND (company_id = @only_company OR @only_company = '')
    AND (company_id = @scope OR @scope = '*')
GROUP BY bucket
ORDER BY bucket;

-- name: Intakes :one
SELECT CAST(COALESCE(SUM(folders), 0) AS BIGINT) AS folders, CAST(COALESCE(SUM(media), 0) AS BIGINT) AS media
FROM statistic_intake
WHERE day >= @from_day AND day <= @to_day
    AND (company_id = @only_company OR @only_company = '')
    AND (company_id = @scope OR @scope = '*');
