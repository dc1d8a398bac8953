-- The source's own adjusted series, as its newest answer gave it.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date; informational in Redshift, proven after every load.
-- Limits: a view of the newest answer, not a fact: the source restates every earlier session at each dividend, so former values are not kept here
--   (they are in the captures). Only keys of a premium plan may ask for it. Our own series is market.daily_price_adjusted.
-- Sorted by session_date, because questions are about a span of dates. DISTSTYLE AUTO and no ENCODE: naming one encoding would end automatic
-- encoding for the whole table.
CREATE TABLE market.fact_adjusted_price (
    symbol VARCHAR(32) NOT NULL,
    session_date DATE NOT NULL,
    close DECIMAL(18, 6) NOT NULL,
    adjusted_close DECIMAL(38, 20) NOT NULL,
    dividend_amount DECIMAL(28, 13) NOT NULL,
    split_coefficient DECIMAL(28, 13) NOT NULL,
    row_hash BIGINT NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    loaded_at TIMESTAMP NOT NULL DEFAULT GETDATE(),
    PRIMARY KEY (symbol, session_date)
)
DISTSTYLE AUTO
SORTKEY (session_date);

INSERT INTO ops.load_turn (table_name) VALUES ('market.fact_adjusted_price');

COMMENT ON TABLE market.fact_adjusted_price IS 'The source''s own adjusted series, as its newest answer gave it.';
COMMENT ON COLUMN market.fact_adjusted_price.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.fact_adjusted_price.session_date IS 'The exchange''s trading date.';
COMMENT ON COLUMN market.fact_adjusted_price.close IS 'Closing price, unadjusted.';
COMMENT ON COLUMN market.fact_adjusted_price.adjusted_close IS 'Closing price, adjusted by the source for splits and dividends.';
COMMENT ON COLUMN market.fact_adjusted_price.dividend_amount IS 'Cash per share that the session is the first without; 0 on others.';
COMMENT ON COLUMN market.fact_adjusted_price.split_coefficient IS 'Shares after for each share before; 1 on sessions without a split.';
COMMENT ON COLUMN market.fact_adjusted_price.row_hash IS 'Hash of the values; another hash is another version.';
COMMENT ON COLUMN market.fact_adjusted_price.observed_at IS 'When these values were first observed, UTC.';
COMMENT ON COLUMN market.fact_adjusted_price.capture_key IS 'The S3 key of the response they were read from.';
COMMENT ON COLUMN market.fact_adjusted_price.run_id IS 'The run that wrote the row last.';
COMMENT ON COLUMN market.fact_adjusted_price.loaded_at IS 'When the row was written last, UTC.';
