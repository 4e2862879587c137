-- Webhooks: the secrets that sign, the deliveries and their attempts.

-- +goose Up
CREATE TABLE webhook_secret (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    prefix TEXT NOT NULL,
    sealed BLOB NOT NULL,
    automatic BOOLEAN NOT NULL,
    last_used BIGINT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX webhook_secret_company ON webhook_secret (company_id);

-- An event on its way to one address. The row is written in the transaction that makes
-- the event. The body is not kept: it is made afresh for each attempt.
CREATE TABLE webhook_delivery (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    event TEXT NOT NULL,
    company_id TEXT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    -- What the event is about outlives it in the log: no foreign keys.
    folder_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    analysis_id TEXT NOT NULL,
    url TEXT NOT NULL,
    details TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    next_attempt BIGINT NOT NULL,
    -- Until then the delivery belongs to whoever raised run last.
    leased BIGINT NOT NULL,
    run BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (status, company_id, url, next_attempt);
CREATE INDEX webhook_delivery_company ON webhook_delivery (company_id, created);
CREATE INDEX webhook_delivery_folder ON webhook_delivery (folder_id);
CREATE INDEX webhook_delivery_ended ON webhook_delivery (status, updated);
-- A group tells each address once.
CREATE UNIQUE INDEX webhook_delivery_group ON webhook_delivery (group_id, url) WHERE event = 'group_completed';

CREATE TABLE webhook_attempt (
    delivery_id TEXT NOT NULL REFERENCES webhook_delivery (id) ON DELETE CASCADE,
    attempt BIGINT NOT NULL,
    created BIGINT NOT NULL,
    http_status BIGINT NOT NULL,
    error TEXT NOT NULL,
    duration BIGINT NOT NULL,
    PRIMARY KEY (delivery_id, attempt)
);
