-- Deletions that are still to be written to the file of tombstones, and the moment of
-- the last one that was. A database that is restored from a copy has an older moment
-- than the file.

-- +goose Up
CREATE TABLE tombstone (
    created BIGINT NOT NULL,
    kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    PRIMARY KEY (created, kind, object_id)
);
CREATE TABLE tombstone_mark (
    name TEXT PRIMARY KEY,
    created BIGINT NOT NULL
);
