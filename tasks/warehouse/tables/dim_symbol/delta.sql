-- What the load will write: versions that begin, and, of versions that end, the moment they do.
-- Grain: one row for each version that begins or ends.
-- Key: symbol, ipo_date, valid_from.
-- Limits: gone with the session. Written as DDL, because types of CREATE TABLE AS would follow from expressions.
CREATE TEMP TABLE ${delta} (
    symbol VARCHAR(32) NOT NULL,
    ipo_date DATE,
    name VARCHAR(512) NOT NULL,
    exchange VARCHAR(64) NOT NULL,
    asset_type VARCHAR(32) NOT NULL,
    sector VARCHAR(128),
    industry VARCHAR(128),
    currency VARCHAR(16),
    delisting_date DATE,
    status VARCHAR(16) NOT NULL,
    row_hash BIGINT NOT NULL,
    capture_key VARCHAR(512) NOT NULL,
    valid_from TIMESTAMP NOT NULL,
    valid_to TIMESTAMP,
    run_id VARCHAR(64) NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    is_new BOOLEAN NOT NULL
);
