-- The ground floor of the database: what collections, folders and their analyses
-- need.
--
-- SQLite and PostgreSQL run the same text. Ids are TEXT (UUIDv7), moments BIGINT
-- (microseconds since 1970, UTC; 0 is "never"), JSON is TEXT, and bytes have the one
-- type whose name differs (package migration). "None" is the empty text
-- where no foreign key needs NULL; NULL is kept for values whose absence means
-- something else (a threshold that is the company's own).

-- +goose Up

CREATE TABLE company (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    resolution_endpoint TEXT,
    require_consent BOOLEAN NOT NULL,
    settings TEXT NOT NULL,
    metadata TEXT NOT NULL,
    technical TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE UNIQUE INDEX company_name ON company (name_fold);
CREATE INDEX company_created ON company (created, id);

-- A user; the word itself is reserved in PostgreSQL.
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    company_id TEXT REFERENCES company (id),
    role TEXT NOT NULL,
    email TEXT NOT NULL,
    email_fold TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    middle_name TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    may_biometry BOOLEAN NOT NULL,
    may_quality BOOLEAN NOT NULL,
    may_collection BOOLEAN NOT NULL,
    may_documents BOOLEAN NOT NULL,
    may_erase BOOLEAN NOT NULL,
    last_login BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    metadata TEXT NOT NULL,
    technical TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_email ON account (email_fold);
CREATE INDEX account_company ON account (company_id, created, id);
CREATE INDEX account_created ON account (created, id);

-- A login or a service token. Of the tokens only SHA-256 is here.
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    company_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    ip TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    access_hash TEXT NOT NULL,
    refresh_hash TEXT NOT NULL,
    next_access_hash TEXT NOT NULL,
    next_refresh_hash TEXT NOT NULL,
    created BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE UNIQUE INDEX session_access ON session (access_hash);
CREATE UNIQUE INDEX session_next_access ON session (next_access_hash) WHERE next_access_hash <> '';
CREATE UNIQUE INDEX session_refresh ON session (refresh_hash) WHERE refresh_hash <> '';
CREATE UNIQUE INDEX session_next_refresh ON session (next_refresh_hash) WHERE next_refresh_hash <> '';
CREATE INDEX session_of_user ON session (user_id, created, id);
CREATE INDEX session_of_company ON session (company_id, created, id);
CREATE INDEX session_expires ON session (expires);

-- Failed logins, kept so that a restart forgives nobody.
CREATE TABLE login_failure (
    pair TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    first_time BIGINT NOT NULL,
    last_time BIGINT NOT NULL
);
CREATE INDEX login_failure_last ON login_failure (last_time);

CREATE TABLE password_reset (
    hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires BIGINT NOT NULL,
    by_admin BOOLEAN NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX password_reset_user ON password_reset (user_id);

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    updated BIGINT NOT NULL
);

CREATE TABLE folder (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES company (id),
    user_id TEXT NOT NULL, -- kept when the user is deleted
    status TEXT NOT NULL,
    system_resolution TEXT NOT NULL,
    resolution_endpoint TEXT,
    resolution_time BIGINT NOT NULL,
    operator_status TEXT NOT NULL,
    operator_comment TEXT,
    author_id TEXT NOT NULL,
    cleared BOOLEAN NOT NULL,
    had_analysis BOOLEAN NOT NULL, -- set by the first analysis, never unset
    metadata TEXT NOT NULL,
    technical TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX folder_company_created ON folder (company_id, created, id);
CREATE INDEX folder_company_updated ON folder (company_id, updated, id);
CREATE INDEX folder_company_system ON folder (company_id, system_resolution, created, id);
CREATE INDEX folder_user ON folder (user_id, created, id);
CREATE INDEX folder_created ON folder (created, id);

CREATE TABLE media (
    id TEXT PRIMARY KEY,
    folder_id TEXT NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    company_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    type TEXT NOT NULL,
    part TEXT NOT NULL,
    original_name TEXT NOT NULL,
    tags TEXT NOT NULL,
    info TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    blob_key TEXT NOT NULL,
    thumb_key TEXT NOT NULL,
    cleared BOOLEAN NOT NULL,
    metadata TEXT NOT NULL,
    technical TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX media_folder ON media (folder_id, created, id);
CREATE INDEX media_blob ON media (blob_key);
CREATE INDEX media_thumb ON media (thumb_key);

-- What was seen in a medium: one row for a model and a choice of face.
CREATE TABLE look (
    media_id TEXT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    seen TEXT NOT NULL,
    company_id TEXT NOT NULL,
    template BLOB NOT NULL,
    quality TEXT NOT NULL,
    face TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (media_id, model, seen)
);

CREATE TABLE collection (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES company (id),
    alias TEXT NOT NULL,
    alias_fold TEXT NOT NULL,
    on_match TEXT NOT NULL,
    threshold DOUBLE PRECISION,
    target_fpir DOUBLE PRECISION,
    face_rule TEXT NOT NULL,
    persons BIGINT NOT NULL,
    images BIGINT NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    pruned BIGINT NOT NULL, -- changes up to this version are gone
    metadata TEXT NOT NULL,
    technical TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE UNIQUE INDEX collection_alias ON collection (company_id, alias_fold);
CREATE INDEX collection_company ON collection (company_id, created, id);
CREATE INDEX collection_created ON collection (created, id);

CREATE TABLE person (
    id TEXT PRIMARY KEY,
    collection_id TEXT NOT NULL REFERENCES collection (id),
    company_id TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    images BIGINT NOT NULL,
    metadata TEXT NOT NULL,
    technical TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX person_collection_created ON person (collection_id, created, id);
CREATE INDEX person_collection_updated ON person (collection_id, updated, id);

CREATE TABLE person_image (
    id TEXT PRIMARY KEY,
    media_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    collection_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    part TEXT NOT NULL,
    original_name TEXT NOT NULL,
    tags TEXT NOT NULL,
    face TEXT NOT NULL,
    quality TEXT NOT NULL,
    duplicate_of TEXT NOT NULL,
    info TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    blob_key TEXT NOT NULL,
    thumb_key TEXT NOT NULL,
    metadata TEXT NOT NULL,
    technical TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    UNIQUE (id, person_id)
);
CREATE UNIQUE INDEX person_image_media ON person_image (media_id);
CREATE INDEX person_image_person ON person_image (person_id, created, id);
CREATE INDEX person_image_hash ON person_image (collection_id, sha256, created, id);
CREATE INDEX person_image_blob ON person_image (blob_key);
CREATE INDEX person_image_thumb ON person_image (thumb_key);

-- Templates live beside the photos, so that lists of photos do not read them and
-- an index reads nothing else.
CREATE TABLE person_template (
    image_id TEXT PRIMARY KEY REFERENCES person_image (id) ON DELETE CASCADE,
    collection_id TEXT NOT NULL,
    model TEXT NOT NULL,
    template BLOB NOT NULL
);
CREATE UNIQUE INDEX person_template_collection ON person_template (collection_id, image_id);

-- The change log that galleries follow. Version order is commit order, because
-- the collection's row is locked while one is written.
CREATE TABLE collection_change (
    collection_id TEXT NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    op TEXT NOT NULL,
    image_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    PRIMARY KEY (collection_id, version)
);

CREATE TABLE analysis (
    id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL,
    folder_id TEXT NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    company_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    resolution TEXT NOT NULL,
    system_resolution TEXT NOT NULL,
    operator_status TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    operator_comment TEXT,
    operator_time BIGINT NOT NULL,
    source TEXT NOT NULL,
    params TEXT NOT NULL,
    result TEXT,
    error_code BIGINT,
    error_message TEXT NOT NULL,
    resolution_endpoint TEXT,
    run BIGINT NOT NULL,
    metadata TEXT NOT NULL,
    technical TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    finished BIGINT NOT NULL
);
CREATE INDEX analysis_folder ON analysis (folder_id, created, id);
CREATE INDEX analysis_company_created ON analysis (company_id, created, id);
CREATE INDEX analysis_company_updated ON analysis (company_id, updated, id);
CREATE INDEX analysis_owner ON analysis (owner_id, created, id);
CREATE INDEX analysis_created ON analysis (created, id);
CREATE INDEX analysis_group ON analysis (group_id);
CREATE INDEX analysis_open ON analysis (created, id) WHERE state = 'PROCESSING';

CREATE TABLE analysis_media (
    analysis_id TEXT NOT NULL REFERENCES analysis (id) ON DELETE CASCADE,
    media_id TEXT NOT NULL, -- kept when the medium is deleted
    PRIMARY KEY (analysis_id, media_id)
);
CREATE INDEX analysis_media_media ON analysis_media (media_id, analysis_id);

CREATE TABLE analysis_searched (
    analysis_id TEXT NOT NULL REFERENCES analysis (id) ON DELETE CASCADE,
    collection_id TEXT NOT NULL, -- kept when the collection is deleted
    PRIMARY KEY (analysis_id, collection_id)
);
CREATE INDEX analysis_searched_collection ON analysis_searched (collection_id, analysis_id);

-- An analysis matched a photo of a person. The pair is a foreign key without an
-- action: as long as this row lives, the database itself refuses to delete the
-- photo or to move it to somebody else.
CREATE TABLE analysis_match (
    analysis_id TEXT NOT NULL REFERENCES analysis (id) ON DELETE CASCADE,
    image_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    collection_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    folder_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    PRIMARY KEY (analysis_id, image_id),
    FOREIGN KEY (image_id, person_id) REFERENCES person_image (id, person_id)
);
CREATE INDEX analysis_match_image ON analysis_match (image_id, person_id);
CREATE INDEX analysis_match_person ON analysis_match (person_id, owner_id);

-- Searchable metadata: one row for each path of an object. The term is the
-- SHA-256 of path and text; an index on the text itself would meet PostgreSQL's
-- bound on the size of an index row.
CREATE TABLE meta (
    company_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    path TEXT NOT NULL,
    content TEXT NOT NULL,
    term TEXT NOT NULL,
    PRIMARY KEY (object_id, path)
);
CREATE INDEX meta_term ON meta (kind, term, object_id);

CREATE TABLE data_key (
    company_id TEXT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    key_id BIGINT NOT NULL,
    wrapped BLOB NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (company_id, purpose, key_id)
);

-- Blobs that are about to be written, and blobs that are to be erased.
CREATE TABLE blob_intent (
    blob_key TEXT PRIMARY KEY,
    created BIGINT NOT NULL
);
CREATE INDEX blob_intent_created ON blob_intent (created, blob_key);
CREATE TABLE blob_erase (
    blob_key TEXT PRIMARY KEY,
    created BIGINT NOT NULL
);
CREATE INDEX blob_erase_created ON blob_erase (created, blob_key);

-- The audit log. Rows are inserted and read, nothing else: no query updates or
-- deletes one.
CREATE TABLE audit_record (
    id TEXT PRIMARY KEY,
    chain TEXT NOT NULL,
    seq BIGINT NOT NULL,
    created BIGINT NOT NULL,
    action TEXT NOT NULL,
    object_type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    record BLOB NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE UNIQUE INDEX audit_record_seq ON audit_record (chain, seq);
CREATE INDEX audit_record_created ON audit_record (created);

-- The head of each chain: the lock that appending takes.
CREATE TABLE audit_chain (
    chain TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
