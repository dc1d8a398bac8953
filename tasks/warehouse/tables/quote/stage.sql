-- The stage that COPY fills: the curated file's columns in the file's order, in the session's own temporary schema.
-- Grain: one row for each row of the file.
-- Key: none; the file is not trusted to be free of duplicates.
-- Limits: gone with the session.
CREATE TEMP TABLE ${stage} (
    symbol VARCHAR(32) NOT NULL,
    session_date DATE NOT NULL,
    "open" DECIMAL(18, 6) NOT NULL,
    high DECIMAL(18, 6) NOT NULL,
    low DECIMAL(18, 6) NOT NULL,
    price DECIMAL(18, 6) NOT NULL,
    volume BIGINT NOT NULL,
    previous_close DECIMAL(18, 6) NOT NULL,
    change DECIMAL(18, 6) NOT NULL,
    row_hash BIGINT NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL
);
