-- The stage that COPY fills: the file's columns in the file's order, in the session's own temporary schema.
-- Grain: one row for each row of the file.
-- Key: none; a bar that one run received from several captures stands several times.
-- Limits: gone with the session.
CREATE TEMP TABLE ${stage} (
    identity VARCHAR(64) NOT NULL,
    dataset VARCHAR(64) NOT NULL,
    symbol VARCHAR(256) NOT NULL,
    session_text VARCHAR(256) NOT NULL,
    received VARCHAR(8192) NOT NULL,
    reasons VARCHAR(2048) NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL
);
