-- What the load will write: new and changed rows only.
-- Grain: one row for each symbol that is new or changed.
-- Key: symbol; held by the statement that fills it.
-- Limits: gone with the session. Written as DDL, because types of CREATE TABLE AS would follow from expressions.
CREATE TEMP TABLE ${delta} (
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
    capture_key VARCHAR(512) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    is_new BOOLEAN NOT NULL
);
