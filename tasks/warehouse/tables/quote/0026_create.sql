-- The newest quote of every symbol.
-- Grain: one row for each symbol.
-- Key: symbol; informational in Redshift, proven after every load.
-- Limits: taken whenever it was asked for, so possibly while the exchange was open; never a source of bars. Former quotes are in the captures.
-- Sorted by symbol, because questions are about some symbols. DISTSTYLE AUTO and no ENCODE: naming one encoding would end automatic
-- encoding for the whole table.
CREATE TABLE market.quote (
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
    loaded_at TIMESTAMP NOT NULL DEFAULT GETDATE(),
    PRIMARY KEY (symbol)
)
DISTSTYLE AUTO
SORTKEY (symbol);

INSERT INTO ops.load_turn (table_name) VALUES ('market.quote');

COMMENT ON TABLE market.quote IS 'The newest quote of every symbol, taken when it was asked for.';
COMMENT ON COLUMN market.quote.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.quote.session_date IS 'The trading date it speaks for.';
COMMENT ON COLUMN market.quote."open" IS 'Opening price.';
COMMENT ON COLUMN market.quote.high IS 'Highest price.';
COMMENT ON COLUMN market.quote.low IS 'Lowest price.';
COMMENT ON COLUMN market.quote.price IS 'Latest price.';
COMMENT ON COLUMN market.quote.volume IS 'Shares traded so far.';
COMMENT ON COLUMN market.quote.previous_close IS 'Closing price of the session before.';
COMMENT ON COLUMN market.quote.change IS 'Price less the previous close.';
COMMENT ON COLUMN market.quote.row_hash IS 'Hash of the values; another hash is another version.';
COMMENT ON COLUMN market.quote.observed_at IS 'When these values were first observed, UTC.';
COMMENT ON COLUMN market.quote.capture_key IS 'The S3 key of the response they were read from.';
COMMENT ON COLUMN market.quote.run_id IS 'The run that wrote the row last.';
COMMENT ON COLUMN market.quote.loaded_at IS 'When the row was written last, UTC.';
