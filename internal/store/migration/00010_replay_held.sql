-- What a company's kept answers take, so that they have a bound together. A row
-- counts until it is deleted, also when its answer has been forgotten.

-- +goose Up
ALTER TABLE replay ADD COLUMN size BIGINT NOT NULL DEFAULT 0; -- bytes of the answer

CREATE TABLE replay_held (
    company_id TEXT PRIMARY KEY, -- '' is the installation
    bytes BIGINT NOT NULL
);

UPDATE replay SET size = COALESCE(LENGTH(answer), 0);
INSERT INTO replay_held (company_id, bytes) SELECT company_id, SUM(size) FROM replay GROUP BY company_id;
