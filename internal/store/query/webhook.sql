-- name: InsertWebhookSecret :execrows
INSERT INTO webhook_secret (id, company_id, prefix, sealed, automatic, last_used, created)
VALUES (@id, @company_id, @prefix, @sealed, @automatic, @last_used, @created);

-- name: WebhookSecretsOf :many
SELECT * FROM webhook_secret
WHERE company_id = @company_id AND (company_id = @scope OR @scope = '*')
ORDER BY created DESC, id DESC;

-- name: DeleteWebhookSecret :execrows
DELETE FROM webhook_secret
WHERE id = @id AND company_id = @company_id AND (company_id = @scope OR @scope = '*');

-- name: DeleteAutomaticSecrets :execrows
DELETE FROM webhook_secret
WHERE automatic AND company_id = @company_id AND (company_id = @scope OR @scope = '*');

-- name: UseWebhookSecrets :execrows
UPDATE webhook_secret SET last_used = @last_used
WHERE company_id = @company_id AND (company_id = @scope OR @scope = '*');

-- name: InsertDelivery :execrows
INSERT INTO webhook_delivery (
    id, event_id, event, company_id, folder_id, group_id, analysis_id, url, details,
    status, attempts, tries, next_attempt, leased, run, created, updated
) VALUES (
    @id, @event_id, @event, @company_id, @folder_id, @group_id, @analysis_id, @url, @details,
    @status, 0, 0, @next_attempt, 0, 0, @created, @updated
)
ON CONFLICT (group_id, url) WHERE event = 'group_completed' DO NOTHING;

-- name: Delivery :one
SELECT * FROM webhook_delivery
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: DeliveryAttempts :many
SELECT webhook_attempt.* FROM webhook_attempt
JOIN webhook_delivery ON webhook_delivery.id = webhook_attempt.delivery_id
WHERE webhook_attempt.delivery_id = @id AND (webhook_delivery.company_id = @scope OR @scope = '*')
ORDER BY webhook_attempt.attempt;

-- name: DueCompanies :many
SELECT company_id, CAST(MIN(next_attempt) AS BIGINT) AS due FROM webhook_delivery
WHERE status = 'pending' AND next_attempt <= @now AND leased <= @now AND (company_id = @scope OR @scope = '*')
GROUP BY company_id
ORDER BY 2
LIMIT @most;

-- name: DueAddresses :many
SELECT url, CAST(MIN(next_attempt) AS BIGINT) AS due FROM webhook_delivery
WHERE status = 'pending' AND company_id = @company_id AND next_attempt <= @now AND leased <= @now
  AND (company_id = @scope OR @scope = '*')
GROUP BY url
ORDER BY 2
LIMIT @most;

-- name: DueDeliveries :many
SELECT id FROM webhook_delivery
WHERE status = 'pending' AND company_id = @company_id AND url = @url AND next_attempt <= @now AND leased <= @now
  AND (company_id = @scope OR @scope = '*')
ORDER BY next_attempt, id
LIMIT @most;

-- name: ClaimDelivery :one
UPDATE webhook_delivery SET leased = @until, run = run + 1
WHERE id = @id AND status = 'pending' AND leased <= @now AND (company_id = @scope OR @scope = '*')
RETURNING *;

-- name: ReleaseDeliveries :execrows
UPDATE webhook_delivery SET leased = 0
WHERE leased > 0 AND (company_id = @scope OR @scope = '*');

-- name: EndAttempt :execrows
UPDATE webhook_delivery SET
    status = @status, attempts = @attempts, tries = @tries, next_attempt = @next_attempt, leased = 0, updated = @updated
WHERE id = @id AND run = @run AND status = 'pending' AND (company_id = @scope OR @scope = '*');

-- name: InsertAttempt :exec
INSERT INTO webhook_attempt (delivery_id, attempt, created, http_status, error, duration)
VALUES (@delivery_id, @attempt, @created, @http_status, @error, @duration);

-- name: Redeliver :execrows
UPDATE webhook_delivery SET status = 'pending', tries = 0, next_attempt = @now, leased = 0, run = run + 1, updated = @now
WHERE id = @id AND status <> 'pending' AND (company_id = @scope OR @scope = '*');

-- name: DropDelivery :execrows
DELETE FROM webhook_delivery
WHERE id = @id AND run = @run AND status = 'pending' AND (company_id = @scope OR @scope = '*');

-- name: DropGroupDeliveries :execrows
DELETE FROM webhook_delivery
WHERE group_id = @group_id AND url = @url AND event = 'group_completed' AND status = 'pending'
  AND (company_id = @scope OR @scope = '*');

-- name: DropAnalysisDeliveries :execrows
DELETE FROM webhook_delivery
WHERE analysis_id = @analysis_id AND status = 'pending' AND (company_id = @scope OR @scope = '*');

-- name: DropFolderDeliveries :exec
DELETE FROM webhook_delivery
WHERE folder_id = @folder_id AND status = 'pending' AND (company_id = @scope OR @scope = '*');

-- name: DeleteEndedDeliveries :execrows
DELETE FROM webhook_delivery
WHERE id IN (
    SELECT d.id FROM webhook_delivery d
    WHERE d.status IN ('delivered', 'dead') AND d.updated < @before AND (d.company_id = @scope OR @scope = '*')
    LIMIT @most
) AND (company_id = @scope OR @scope = '*');

-- name: PendingDeliveries :one
SELECT COUNT(*) AS pending, CAST(COALESCE(MIN(created), 0) AS BIGINT) AS oldest FROM webhook_delivery
WHERE status = 'pending' AND (company_id = @scope OR @scope = '*');
