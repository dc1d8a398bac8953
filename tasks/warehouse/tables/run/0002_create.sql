-- Every attempt at a run, failed ones included, each written in a transaction of its own.
-- Grain: one row for each attempt.
-- Key: run_id and recorded_at; an attempt that is repeated under one run_id adds a row.
-- Limits: a run that was killed before it could write is absent here; what it loaded is in ops.load_audit.
-- Sorted by recorded_at, because runs are looked at newest first; distribution and encoding are left to Redshift.
CREATE TABLE ops.run (
    run_id VARCHAR(64) NOT NULL,
    flow VARCHAR(64) NOT NULL,
    source VARCHAR(64) NOT NULL,
    status VARCHAR(64) NOT NULL,
    as_of TIMESTAMP NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    symbols_asked INTEGER NOT NULL,
    symbols_landed INTEGER NOT NULL,
    rows_parsed BIGINT NOT NULL,
    rows_deferred BIGINT NOT NULL,
    rows_quarantined BIGINT NOT NULL,
    rows_curated BIGINT NOT NULL,
    rows_new BIGINT NOT NULL,
    rows_changed BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    error VARCHAR(4096) NOT NULL,
    recorded_at TIMESTAMP NOT NULL DEFAULT GETDATE()
)
DISTSTYLE AUTO
SORTKEY (recorded_at);

COMMENT ON TABLE ops.run IS 'One row for each attempt at a run, failed ones included.';
COMMENT ON COLUMN ops.run.run_id IS 'The run.';
COMMENT ON COLUMN ops.run.flow IS 'The flow, e.g. daily_prices.';
COMMENT ON COLUMN ops.run.source IS 'Where its bars came from: alpha_vantage, synthetic or replay-<hash>.';
COMMENT ON COLUMN ops.run.status IS 'How it ended: Completed, UpToDate, CompletedWithWarnings, QuotaExhausted, GateClosed or Failed.';
COMMENT ON COLUMN ops.run.as_of IS 'The moment it was asked for, UTC.';
COMMENT ON COLUMN ops.run.started_at IS 'When the attempt began, UTC.';
COMMENT ON COLUMN ops.run.finished_at IS 'When it ended, UTC.';
COMMENT ON COLUMN ops.run.symbols_asked IS 'Symbols a call was planned for.';
COMMENT ON COLUMN ops.run.symbols_landed IS 'Symbols with a new or changed bar.';
COMMENT ON COLUMN ops.run.rows_parsed IS 'Bars read from captures.';
COMMENT ON COLUMN ops.run.rows_deferred IS 'Bars whose session was not final at as_of.';
COMMENT ON COLUMN ops.run.rows_quarantined IS 'Bars held back, each with its reasons.';
COMMENT ON COLUMN ops.run.rows_curated IS 'Rows of the curated file.';
COMMENT ON COLUMN ops.run.rows_new IS 'Bars the table did not have.';
COMMENT ON COLUMN ops.run.rows_changed IS 'Bars whose values differed; the former ones are in the revision table.';
COMMENT ON COLUMN ops.run.rows_unchanged IS 'Bars equal to what the table had, or older.';
COMMENT ON COLUMN ops.run.error IS 'What went wrong; empty where nothing did.';
COMMENT ON COLUMN ops.run.recorded_at IS 'When this row was written, UTC.';
