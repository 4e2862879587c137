-- Reports of folders, and the templates that say how they look.

-- +goose Up
CREATE TABLE report_template (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    title TEXT NOT NULL,
    footer TEXT NOT NULL,
    locale TEXT NOT NULL,
    sections TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX report_template_company ON report_template (company_id, created, id);

CREATE TABLE template_attachment (
    id TEXT PRIMARY KEY,
    template_id TEXT NOT NULL REFERENCES report_template (id) ON DELETE CASCADE,
    company_id TEXT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size BIGINT NOT NULL,
    blob_key TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX template_attachment_template ON template_attachment (template_id, created, id);
CREATE INDEX template_attachment_company ON template_attachment (company_id);
CREATE INDEX template_attachment_blob ON template_attachment (blob_key);

-- template_id is no reference: a report outlives the template it was made with.
CREATE TABLE report (
    id TEXT PRIMARY KEY,
    folder_id TEXT NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    company_id TEXT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    owner_id TEXT NOT NULL,
    template_id TEXT,
    format TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    blob_key TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX report_folder ON report (folder_id, created, id);
CREATE INDEX report_company ON report (company_id, created, id);
CREATE INDEX report_owner ON report (owner_id, created, id);
CREATE INDEX report_created ON report (created, id);
CREATE INDEX report_blob ON report (blob_key);
