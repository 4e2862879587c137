-- Metering: what was used, by whom and when; the quota of companies; how many bytes
-- each company stores; figures that stay when the objects are erased. Days and months
-- are texts of UTC, "2026-01-31" and "2026-01".

-- +goose Up
ALTER TABLE company ADD COLUMN quota TEXT NOT NULL DEFAULT '{}';

-- How much an analysis counts: one for each medium that it takes.
ALTER TABLE analysis ADD COLUMN units BIGINT NOT NULL DEFAULT 0;
UPDATE analysis SET units = (SELECT COUNT(*) FROM analysis_media WHERE analysis_media.analysis_id = analysis.id);
CREATE INDEX analysis_open_units ON analysis (company_id, type, units) WHERE state = 'PROCESSING';

-- Units by company (empty: callers outside any), user, type, source and day. There is
-- no foreign key: the counts outlive what they count.
CREATE TABLE usage_count (
    day TEXT NOT NULL,
    company_id TEXT NOT NULL,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    user_id TEXT NOT NULL,
    units BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    over_quota BIGINT NOT NULL,
    PRIMARY KEY (day, company_id, type, source, user_id)
);
CREATE INDEX usage_count_company ON usage_count (company_id, day);

-- What each monthly quota of a company has used, and which of its marks were told.
-- The row is the lock of the quota.
CREATE TABLE quota_month (
    company_id TEXT NOT NULL,
    month TEXT NOT NULL,
    name TEXT NOT NULL,
    used BIGINT NOT NULL,
    warned BOOLEAN NOT NULL,
    reached BOOLEAN NOT NULL,
    PRIMARY KEY (company_id, month, name)
);

-- Ended analyses by company, day of creation, type, status word and bucket of the time
-- that they took (osprey.LatencyBucket).
CREATE TABLE statistic (
    company_id TEXT NOT NULL,
    day TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    bucket BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    PRIMARY KEY (company_id, day, type, status, bucket)
);
CREATE INDEX statistic_day ON statistic (day);
CREATE TABLE statistic_intake (
    company_id TEXT NOT NULL,
    day TEXT NOT NULL,
    folders BIGINT NOT NULL,
    media BIGINT NOT NULL,
    PRIMARY KEY (company_id, day)
);
CREATE INDEX statistic_intake_day ON statistic_intake (day);

-- The bytes of each stored blob, and their sum by company.
CREATE TABLE blob_stored (
    blob_key TEXT PRIMARY KEY,
    company_id TEXT NOT NULL,
    bytes BIGINT NOT NULL
);
CREATE INDEX blob_stored_company ON blob_stored (company_id);
CREATE TABLE company_stored (
    company_id TEXT PRIMARY KEY,
    bytes BIGINT NOT NULL
);

-- What a company held at the end of a day, or last on the running one.
CREATE TABLE company_gauge (
    company_id TEXT NOT NULL,
    day TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    folders BIGINT NOT NULL,
    persons BIGINT NOT NULL,
    photos BIGINT NOT NULL,
    PRIMARY KEY (company_id, day)
);
CREATE INDEX company_gauge_day ON company_gauge (day);

CREATE INDEX audit_record_order ON audit_record (seq, created, id);
