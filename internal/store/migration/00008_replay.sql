-- Answers that are given again to a request that is repeated with its
-- Idempotency-Key.

-- +goose Up
CREATE TABLE replay (
    replay_key TEXT PRIMARY KEY, -- SHA-256 of user, method, path and the client's key
    company_id TEXT NOT NULL,    -- whose data key sealed the answer; '' is the installation
    -- Sealed, with the fingerprint of the request, whose body may hold a password.
    -- NULL: something that the answer was about is gone.
    answer BLOB,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX replay_expires ON replay (expires);

-- The objects that a kept answer is about: its content goes with any of them.
CREATE TABLE replay_object (
    object_id TEXT NOT NULL,
    replay_key TEXT NOT NULL REFERENCES replay (replay_key) ON DELETE CASCADE,
    PRIMARY KEY (object_id, replay_key)
);
CREATE INDEX replay_object_replay ON replay_object (replay_key);
