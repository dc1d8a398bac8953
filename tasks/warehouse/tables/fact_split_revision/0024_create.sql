-- The former values of a split that the source restated: what was known, until when.
-- Grain: one row for each time a split was superseded.
-- Key: symbol, effective_date, superseded_at.
-- Limits: values were known from observed_at until superseded_at (UTC, both observations); the newest stand in market.fact_split.
-- Sorted by effective_date like the table it belongs to; distribution and encoding are left to Redshift.
CREATE TABLE market.fact_split_revision (
    symbol VARCHAR(32) NOT NULL,
    effective_date DATE NOT NULL,
    split_factor DECIMAL(28, 13) NOT NULL,
    row_hash BIGINT NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL,
    superseded_at TIMESTAMP NOT NULL,
    superseded_by VARCHAR(512) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    loaded_at TIMESTAMP NOT NULL DEFAULT GETDATE(),
    PRIMARY KEY (symbol, effective_date, superseded_at)
)
DISTSTYLE AUTO
SORTKEY (effective_date);

COMMENT ON TABLE market.fact_split_revision IS 'The former values of a split that the source restated: what was known, until when.';
COMMENT ON COLUMN market.fact_split_revision.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.fact_split_revision.effective_date IS 'The first session at the new count of shares.';
COMMENT ON COLUMN market.fact_split_revision.split_factor IS 'Former value: shares after for each share before.';
COMMENT ON COLUMN market.fact_split_revision.row_hash IS 'Hash of the former values.';
COMMENT ON COLUMN market.fact_split_revision.observed_at IS 'When the former values were first observed, UTC.';
COMMENT ON COLUMN market.fact_split_revision.capture_key IS 'The S3 key of the response they were read from.';
COMMENT ON COLUMN market.fact_split_revision.superseded_at IS 'When their successors were observed, UTC.';
COMMENT ON COLUMN market.fact_split_revision.superseded_by IS 'The S3 key of the response the successors were read from.';
COMMENT ON COLUMN market.fact_split_revision.run_id IS 'The run that superseded them.';
COMMENT ON COLUMN market.fact_split_revision.loaded_at IS 'When this row was written, UTC.';
