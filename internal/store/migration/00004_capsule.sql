-- Capsules: which session tokens are spent, and which media came in one lately.

-- +goose Up
-- A token that was used. It is kept until it expires: from then on its own date
-- refuses it. The company is empty for tokens of users outside any.
CREATE TABLE capsule_token (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL,
    failures BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX capsule_token_company ON capsule_token (company_id);
CREATE INDEX capsule_token_expires ON capsule_token (expires);

-- The mark of a medium is a MAC of company and content hash, so that nobody can
-- tell from the row which file it was, or that two companies had the same.
CREATE TABLE capsule_media (
    company_id TEXT NOT NULL,
    mark TEXT NOT NULL,
    token_id TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (company_id, mark)
);
CREATE INDEX capsule_media_expires ON capsule_media (expires);
