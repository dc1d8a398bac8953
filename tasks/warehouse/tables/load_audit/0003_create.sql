-- Every load that was committed, written inside the load's own transaction: the row is there exactly when the rows are.
-- Grain: one row for each loaded manifest.
-- Key: manifest_sha256.
-- Limits: times are the warehouse's own, in whole seconds; started_at is the transaction's start, finished_at the writing of this row, before COMMIT.
-- Sorted by finished_at, because loads are looked at newest first; distribution and encoding are left to Redshift.
CREATE TABLE ops.load_audit (
    manifest_sha256 VARCHAR(64) NOT NULL,
    load_id VARCHAR(32) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    dataset VARCHAR(64) NOT NULL,
    table_name VARCHAR(128) NOT NULL,
    manifest_uri VARCHAR(2048) NOT NULL,
    file_uri VARCHAR(2048) NOT NULL,
    file_sha256 VARCHAR(64) NOT NULL,
    file_bytes BIGINT NOT NULL,
    rows_staged BIGINT NOT NULL,
    rows_new BIGINT NOT NULL,
    rows_changed BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    PRIMARY KEY (manifest_sha256)
)
DISTSTYLE AUTO
SORTKEY (finished_at);

COMMENT ON TABLE ops.load_audit IS 'One row for each manifest that was loaded, committed together with its rows.';
COMMENT ON COLUMN ops.load_audit.manifest_sha256 IS 'Hexadecimal digest of the manifest; the load''s identity.';
COMMENT ON COLUMN ops.load_audit.load_id IS 'The call that loaded it; tells a lost COMMIT from the load of another.';
COMMENT ON COLUMN ops.load_audit.run_id IS 'The run that wrote the manifest.';
COMMENT ON COLUMN ops.load_audit.dataset IS 'The kind of data, e.g. daily_prices.';
COMMENT ON COLUMN ops.load_audit.table_name IS 'The table it went into.';
COMMENT ON COLUMN ops.load_audit.manifest_uri IS 'The s3:// address COPY read.';
COMMENT ON COLUMN ops.load_audit.file_uri IS 'The s3:// address of the Parquet file.';
COMMENT ON COLUMN ops.load_audit.file_sha256 IS 'Hexadecimal digest of the file.';
COMMENT ON COLUMN ops.load_audit.file_bytes IS 'Size of the file.';
COMMENT ON COLUMN ops.load_audit.rows_staged IS 'Rows of the file.';
COMMENT ON COLUMN ops.load_audit.rows_new IS 'Rows the table did not have.';
COMMENT ON COLUMN ops.load_audit.rows_changed IS 'Rows whose values differed.';
COMMENT ON COLUMN ops.load_audit.rows_unchanged IS 'Rows equal to what the table had, older, or superseded within the file.';
COMMENT ON COLUMN ops.load_audit.started_at IS 'Start of the load''s transaction, UTC.';
COMMENT ON COLUMN ops.load_audit.finished_at IS 'When this row was written, UTC.';
