-- Every bar that was held back, once, with the strings as they were received and every reason.
-- Grain: one row for each different bar that was held back: symbol, session, strings and reasons make it.
-- Key: identity; informational in Redshift, proven after every load.
-- Limits: a bar that is delivered again leaves its row untouched; observed_at, capture_key and run_id are those of the first time. Strings
--   longer than their column are cut here and whole in the lake, under quarantine/<dataset>/<run_id>.parquet.
-- Sorted by session_text, because a load looks for known bars among the sessions it brings.
-- Formerly: 29931146d6bd9a49fe899556769ba7ea1c728146056995d3f04fce6c1b2599d0; the same table, before a reserved word was quoted.
CREATE TABLE ops.quarantined_bar (
    "identity" VARCHAR(64) NOT NULL,
    dataset VARCHAR(64) NOT NULL,
    symbol VARCHAR(256) NOT NULL,
    session_text VARCHAR(256) NOT NULL,
    received VARCHAR(8192) NOT NULL,
    reasons VARCHAR(2048) NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    recorded_at TIMESTAMP NOT NULL DEFAULT GETDATE(),
    released_at TIMESTAMP,
    released_by VARCHAR(256),
    release_note VARCHAR(4096),
    release_run_id VARCHAR(64),
    PRIMARY KEY ("identity")
)
DISTSTYLE AUTO
SORTKEY (session_text);

INSERT INTO ops.load_turn (table_name) VALUES ('ops.quarantined_bar');

COMMENT ON TABLE ops.quarantined_bar IS 'Every bar that was held back, once, with its strings as received and every reason.';
COMMENT ON COLUMN ops.quarantined_bar."identity" IS 'Hexadecimal sha256 of symbol, session, strings and reasons; the same whenever the bar is delivered again.';
COMMENT ON COLUMN ops.quarantined_bar.dataset IS 'The kind of data, e.g. daily_prices.';
COMMENT ON COLUMN ops.quarantined_bar.symbol IS 'The symbol as received; empty where there was none.';
COMMENT ON COLUMN ops.quarantined_bar.session_text IS 'The session as received, whether or not it is a date.';
COMMENT ON COLUMN ops.quarantined_bar.received IS 'The other strings as received, a JSON object; null where the key was absent.';
COMMENT ON COLUMN ops.quarantined_bar.reasons IS 'Why it was held back; several are separated by a semicolon.';
COMMENT ON COLUMN ops.quarantined_bar.observed_at IS 'When it was first observed, UTC.';
COMMENT ON COLUMN ops.quarantined_bar.capture_key IS 'The S3 key of the response it was first read from.';
COMMENT ON COLUMN ops.quarantined_bar.run_id IS 'The run that held it back first.';
COMMENT ON COLUMN ops.quarantined_bar.recorded_at IS 'When this row was written, UTC.';
COMMENT ON COLUMN ops.quarantined_bar.released_at IS 'When a person released it, UTC; null while it is held back.';
COMMENT ON COLUMN ops.quarantined_bar.released_by IS 'Who released it.';
COMMENT ON COLUMN ops.quarantined_bar.release_note IS 'Why it was released.';
COMMENT ON COLUMN ops.quarantined_bar.release_run_id IS 'The run that loaded it.';
