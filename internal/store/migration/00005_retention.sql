-- How long a company keeps what it stores; {} is for ever.

-- +goose Up
ALTER TABLE company ADD COLUMN retention TEXT NOT NULL DEFAULT '{}';
CREATE INDEX media_kept ON media (company_id, created, id) WHERE NOT cleared AND analysis_id IS NULL;
