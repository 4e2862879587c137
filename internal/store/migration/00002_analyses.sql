-- Four types of analyses: results by type, result images, what was measured of a
-- medium, and the challenges that takes answer.

-- +goose Up
-- Until now every result was that of a COLLECTION.
UPDATE analysis SET result = '{"collection":' || result || '}' WHERE result IS NOT NULL;

ALTER TABLE media ADD COLUMN preview_key TEXT NOT NULL DEFAULT '';
-- A result image goes with the analysis that made it and with the medium it was
-- cut from. NULL: an uploaded medium.
ALTER TABLE media ADD COLUMN analysis_id TEXT REFERENCES analysis (id) ON DELETE CASCADE;
ALTER TABLE media ADD COLUMN source_id TEXT REFERENCES media (id) ON DELETE CASCADE;
CREATE INDEX media_preview ON media (preview_key);
CREATE INDEX media_analysis ON media (analysis_id);
CREATE INDEX media_source ON media (source_id);

-- Looks are kept to save inferences; older ones lack the measures.
DELETE FROM look;
ALTER TABLE look ADD COLUMN grade TEXT NOT NULL DEFAULT '{}';
ALTER TABLE look ADD COLUMN trace TEXT NOT NULL DEFAULT '{}';

CREATE TABLE challenge (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    nonce BLOB NOT NULL,
    steps TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX challenge_company ON challenge (company_id);
CREATE INDEX challenge_expires ON challenge (expires);

-- A step that a take has answered. The row is written in the transaction that
-- stores the medium: of two takes one wins.
CREATE TABLE challenge_step (
    challenge_id TEXT NOT NULL REFERENCES challenge (id) ON DELETE CASCADE,
    step BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    PRIMARY KEY (challenge_id, step)
);
