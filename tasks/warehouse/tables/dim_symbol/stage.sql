-- The stage that COPY fills: the curated file's columns in the file's order, in the session's own temporary schema.
-- Grain: one row for each row of the file.
-- Key: none; the file is not trusted to be free of duplicates.
-- Limits: gone with the session.
CREATE TEMP TABLE ${stage} (
    symbol VARCHAR(32) NOT NULL,
    ipo_date DATE,
    name VARCHAR(512) NOT NULL,
    exchange VARCHAR(64) NOT NULL,
    asset_type VARCHAR(32) NOT NULL,
    sector VARCHAR(128),
    industry VARCHAR(128),
    delisting_date DATE,
    status VARCHAR(16) NOT NULL,
    row_hash BIGINT NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL
);
