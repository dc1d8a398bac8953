-- What analysts compute first, per bar: returns, moving averages, volatility, and the last seven bars as arrays.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: all of it stands on market.daily_price_adjusted. "Sessions" are those the symbol has bars of; a window that spans more than 400
--   days is not computed (null), so that a bar can only ever touch itself and the 199 after it. A pure function of bars and events.
-- Sorted by session_date like the bars; distribution and encoding are left to Redshift.
CREATE TABLE market.daily_metric (
    symbol VARCHAR(32) NOT NULL,
    session_date DATE NOT NULL,
    adjusted_close DECIMAL(28, 13) NOT NULL,
    daily_return DOUBLE PRECISION,
    log_return DOUBLE PRECISION,
    average_close_7 DECIMAL(28, 13),
    average_close_20 DECIMAL(28, 13),
    average_close_50 DECIMAL(28, 13),
    average_close_200 DECIMAL(28, 13),
    volatility_7 DOUBLE PRECISION,
    volatility_20 DOUBLE PRECISION,
    average_volume_7 DOUBLE PRECISION,
    last_opens SUPER,
    last_highs SUPER,
    last_lows SUPER,
    last_closes SUPER,
    last_volumes SUPER,
    PRIMARY KEY (symbol, session_date)
)
DISTSTYLE AUTO
SORTKEY (session_date);

COMMENT ON TABLE market.daily_metric IS 'Returns, moving averages, volatility and the last seven bars, per symbol and session, on our adjusted prices.';
COMMENT ON COLUMN market.daily_metric.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.daily_metric.session_date IS 'The exchange''s trading date.';
COMMENT ON COLUMN market.daily_metric.adjusted_close IS 'Our split- and dividend-adjusted close.';
COMMENT ON COLUMN market.daily_metric.daily_return IS 'Adjusted close over the one before, less 1; null for the first bar.';
COMMENT ON COLUMN market.daily_metric.log_return IS 'Natural logarithm of adjusted close over the one before; null for the first bar.';
COMMENT ON COLUMN market.daily_metric.average_close_7 IS 'Mean adjusted close of the last 7 sessions; null where there are fewer.';
COMMENT ON COLUMN market.daily_metric.average_close_20 IS 'Mean adjusted close of the last 20 sessions; null where there are fewer.';
COMMENT ON COLUMN market.daily_metric.average_close_50 IS 'Mean adjusted close of the last 50 sessions; null where there are fewer.';
COMMENT ON COLUMN market.daily_metric.average_close_200 IS 'Mean adjusted close of the last 200 sessions; null where there are fewer.';
COMMENT ON COLUMN market.daily_metric.volatility_7 IS 'Sample standard deviation of the last 7 log returns, per session, not annualised.';
COMMENT ON COLUMN market.daily_metric.volatility_20 IS 'Sample standard deviation of the last 20 log returns, per session, not annualised.';
COMMENT ON COLUMN market.daily_metric.average_volume_7 IS 'Mean split-adjusted volume of the last 7 sessions.';
COMMENT ON COLUMN market.daily_metric.last_opens IS 'The last seven adjusted opens, oldest first; null where there are fewer.';
COMMENT ON COLUMN market.daily_metric.last_highs IS 'The last seven adjusted highs, oldest first; null where there are fewer.';
COMMENT ON COLUMN market.daily_metric.last_lows IS 'The last seven adjusted lows, oldest first; null where there are fewer.';
COMMENT ON COLUMN market.daily_metric.last_closes IS 'The last seven adjusted closes, oldest first; null where there are fewer.';
COMMENT ON COLUMN market.daily_metric.last_volumes IS 'The last seven adjusted volumes, oldest first; null where there are fewer.';
