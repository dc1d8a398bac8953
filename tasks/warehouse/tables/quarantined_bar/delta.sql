-- What the load will write: bars that were never quarantined before.
-- Grain: one row for each new identity.
-- Key: identity; held by the statement that fills it.
-- Limits: gone with the session. Written as DDL, because types of CREATE TABLE AS would follow from expressions.
CREATE TEMP TABLE ${delta} (
    "identity" VARCHAR(64) NOT NULL,
    dataset VARCHAR(64) NOT NULL,
    symbol VARCHAR(256) NOT NULL,
    session_text VARCHAR(256) NOT NULL,
    received VARCHAR(8192) NOT NULL,
    reasons VARCHAR(2048) NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    recorded_at TIMESTAMP NOT NULL
);
