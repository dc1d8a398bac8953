-- The stage that COPY fills: the curated file's columns in the file's order, in the session's own temporary schema.
-- Grain: one row for each row of the file.
-- Key: none; the file is not trusted to be free of duplicates.
-- Limits: gone with the session.
CREATE TEMP TABLE ${stage} (
    symbol VARCHAR(32) NOT NULL,
    session_date DATE NOT NULL,
    close DECIMAL(18, 6) NOT NULL,
    adjusted_close DECIMAL(38, 20) NOT NULL,
    dividend_amount DECIMAL(28, 13) NOT NULL,
    split_coefficient DECIMAL(28, 13) NOT NULL,
    row_hash BIGINT NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL
);
