-- One symbol's prices for one session, exactly as the source gives them: neither split nor dividend adjusted.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date; informational in Redshift, proven after every load.
-- Limits: observed_at is when the present values were first observed (UTC); a later observation of equal values leaves the row untouched,
--   so an observation that lies between the two and is loaded after both would count as newer. Prices that do not fit DECIMAL(18,6) are
--   quarantined, never rounded. VARCHAR counts bytes. OPEN is a reserved word of Redshift: write "open".
-- Sorted by session_date, because questions and loads are about a span of sessions. DISTSTYLE AUTO and no ENCODE: naming one encoding
-- would end automatic encoding for the whole table.
CREATE TABLE market.fact_daily_price (
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
    run_id VARCHAR(64) NOT NULL,
    loaded_at TIMESTAMP NOT NULL DEFAULT GETDATE(),
    PRIMARY KEY (symbol, session_date)
)
DISTSTYLE AUTO
SORTKEY (session_date);

INSERT INTO ops.load_turn (table_name) VALUES ('market.fact_daily_price');

COMMENT ON TABLE market.fact_daily_price IS 'One symbol''s prices for one session, unadjusted, exactly as the source gives them.';
COMMENT ON COLUMN market.fact_daily_price.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.fact_daily_price.session_date IS 'The exchange''s trading date.';
COMMENT ON COLUMN market.fact_daily_price."open" IS 'Opening price.';
COMMENT ON COLUMN market.fact_daily_price.high IS 'Highest price.';
COMMENT ON COLUMN market.fact_daily_price.low IS 'Lowest price.';
COMMENT ON COLUMN market.fact_daily_price.close IS 'Closing price, adjusted for nothing.';
COMMENT ON COLUMN market.fact_daily_price.volume IS 'Shares traded.';
COMMENT ON COLUMN market.fact_daily_price.row_hash IS 'Hash of open, high, low, close and volume; another hash is another revision.';
COMMENT ON COLUMN market.fact_daily_price.observed_at IS 'When these values were first observed, UTC.';
COMMENT ON COLUMN market.fact_daily_price.capture_key IS 'The S3 key of the response they were read from.';
COMMENT ON COLUMN market.fact_daily_price.run_id IS 'The run that wrote the row last.';
COMMENT ON COLUMN market.fact_daily_price.loaded_at IS 'When the row was written last, UTC.';
