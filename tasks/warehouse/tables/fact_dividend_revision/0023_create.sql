-- The former values of a dividend that the source restated: what was known, until when.
-- Grain: one row for each time a dividend was superseded.
-- Key: symbol, ex_date, superseded_at.
-- Limits: values were known from observed_at until superseded_at (UTC, both observations); the newest stand in market.fact_dividend.
-- Sorted by ex_date like the table it belongs to; distribution and encoding are left to Redshift.
CREATE TABLE market.fact_dividend_revision (
    symbol VARCHAR(32) NOT NULL,
    ex_date DATE NOT NULL,
    amount DECIMAL(28, 13) NOT NULL,
    declaration_date DATE,
    record_date DATE,
    payment_date DATE,
    row_hash BIGINT NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL,
    superseded_at TIMESTAMP NOT NULL,
    superseded_by VARCHAR(512) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    loaded_at TIMESTAMP NOT NULL DEFAULT GETDATE(),
    PRIMARY KEY (symbol, ex_date, superseded_at)
)
DISTSTYLE AUTO
SORTKEY (ex_date);

COMMENT ON TABLE market.fact_dividend_revision IS 'The former values of a dividend that the source restated: what was known, until when.';
COMMENT ON COLUMN market.fact_dividend_revision.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.fact_dividend_revision.ex_date IS 'The first session without the dividend.';
COMMENT ON COLUMN market.fact_dividend_revision.amount IS 'Former value: cash per share, in the currency of the listing.';
COMMENT ON COLUMN market.fact_dividend_revision.declaration_date IS 'Former value: when it was declared; null where the source does not say.';
COMMENT ON COLUMN market.fact_dividend_revision.record_date IS 'Former value: whose holders get it; null where the source does not say.';
COMMENT ON COLUMN market.fact_dividend_revision.payment_date IS 'Former value: when it is paid; null where the source does not say.';
COMMENT ON COLUMN market.fact_dividend_revision.row_hash IS 'Hash of the former values.';
COMMENT ON COLUMN market.fact_dividend_revision.observed_at IS 'When the former values were first observed, UTC.';
COMMENT ON COLUMN market.fact_dividend_revision.capture_key IS 'The S3 key of the response they were read from.';
COMMENT ON COLUMN market.fact_dividend_revision.superseded_at IS 'When their successors were observed, UTC.';
COMMENT ON COLUMN market.fact_dividend_revision.superseded_by IS 'The S3 key of the response the successors were read from.';
COMMENT ON COLUMN market.fact_dividend_revision.run_id IS 'The run that superseded them.';
COMMENT ON COLUMN market.fact_dividend_revision.loaded_at IS 'When this row was written, UTC.';
