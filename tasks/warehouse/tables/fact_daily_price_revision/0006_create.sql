-- The former values of bars that the source restated: what was known, until when.
-- Grain: one row for each time a bar was superseded.
-- Key: symbol, session_date, superseded_at.
-- Limits: a bar's values were known from observed_at until superseded_at (UTC, both observations); the newest values stand in
--   market.fact_daily_price. run_id and loaded_at are those of the run that superseded them.
-- Sorted by session_date like the bars it belongs to; distribution and encoding are left to Redshift.
CREATE TABLE market.fact_daily_price_revision (
    symbol VARCHAR(32) NOT NULL,
    session_date DATE NOT NULL,
    "open" DECIMAL(18, 6) NOT NULL,
    high DECIMAL(18, 6) NOT NULL,
    low DECIMAL(18, 6) NOT NULL,
    close DECIMAL(18, 6) NOT NULL,
    volume BIGINT NOT NULL,
    row_hash BIGINT NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL,
    superseded_at TIMESTAMP NOT NULL,
    superseded_by VARCHAR(512) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    loaded_at TIMESTAMP NOT NULL DEFAULT GETDATE(),
    PRIMARY KEY (symbol, session_date, superseded_at)
)
DISTSTYLE AUTO
SORTKEY (session_date);

COMMENT ON TABLE market.fact_daily_price_revision IS 'The former values of bars that the source restated: what was known, until when.';
COMMENT ON COLUMN market.fact_daily_price_revision.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.fact_daily_price_revision.session_date IS 'The exchange''s trading date.';
COMMENT ON COLUMN market.fact_daily_price_revision."open" IS 'Former opening price.';
COMMENT ON COLUMN market.fact_daily_price_revision.high IS 'Former highest price.';
COMMENT ON COLUMN market.fact_daily_price_revision.low IS 'Former lowest price.';
COMMENT ON COLUMN market.fact_daily_price_revision.close IS 'Former closing price.';
COMMENT ON COLUMN market.fact_daily_price_revision.volume IS 'Former volume.';
COMMENT ON COLUMN market.fact_daily_price_revision.row_hash IS 'Hash of the former values.';
COMMENT ON COLUMN market.fact_daily_price_revision.observed_at IS 'When the former values were first observed, UTC.';
COMMENT ON COLUMN market.fact_daily_price_revision.capture_key IS 'The S3 key of the response they were read from.';
COMMENT ON COLUMN market.fact_daily_price_revision.superseded_at IS 'When their successors were observed, UTC.';
COMMENT ON COLUMN market.fact_daily_price_revision.superseded_by IS 'The S3 key of the response the successors were read from.';
COMMENT ON COLUMN market.fact_daily_price_revision.run_id IS 'The run that superseded them.';
COMMENT ON COLUMN market.fact_daily_price_revision.loaded_at IS 'When this row was written, UTC.';
