-- Our own adjusted bars: raw bars times the factors of market.adjustment_factor.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: as of now; as_of.sql computes it as of any earlier moment. Prices are adjusted for splits and dividends, volumes for splits.
--   A pure function of bars and events, so it carries neither run nor time.
-- Sorted by session_date like the bars; distribution and encoding are left to Redshift.
CREATE TABLE market.daily_price_adjusted (
    symbol VARCHAR(32) NOT NULL,
    session_date DATE NOT NULL,
    adjusted_open DECIMAL(28, 13) NOT NULL,
    adjusted_high DECIMAL(28, 13) NOT NULL,
    adjusted_low DECIMAL(28, 13) NOT NULL,
    adjusted_close DECIMAL(28, 13) NOT NULL,
    adjusted_volume BIGINT NOT NULL,
    price_factor DOUBLE PRECISION NOT NULL,
    volume_factor DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (symbol, session_date)
)
DISTSTYLE AUTO
SORTKEY (session_date);

INSERT INTO ops.load_turn (table_name) VALUES ('market.daily_price_adjusted');

COMMENT ON TABLE market.daily_price_adjusted IS 'Our own adjusted bars: raw bars times our own factors.';
COMMENT ON COLUMN market.daily_price_adjusted.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.daily_price_adjusted.session_date IS 'The exchange''s trading date.';
COMMENT ON COLUMN market.daily_price_adjusted.adjusted_open IS 'Opening price, adjusted for later splits and dividends.';
COMMENT ON COLUMN market.daily_price_adjusted.adjusted_high IS 'Highest price, adjusted likewise.';
COMMENT ON COLUMN market.daily_price_adjusted.adjusted_low IS 'Lowest price, adjusted likewise.';
COMMENT ON COLUMN market.daily_price_adjusted.adjusted_close IS 'Closing price, adjusted likewise.';
COMMENT ON COLUMN market.daily_price_adjusted.adjusted_volume IS 'Shares traded, adjusted for later splits, rounded to whole shares.';
COMMENT ON COLUMN market.daily_price_adjusted.price_factor IS 'What the prices were multiplied by.';
COMMENT ON COLUMN market.daily_price_adjusted.volume_factor IS 'What the volume was multiplied by.';
