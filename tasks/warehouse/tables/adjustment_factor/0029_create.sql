-- By what a price before an event is multiplied to be comparable with prices of today.
-- Grain: one row for each symbol and session on which an event takes effect.
-- Key: symbol, session_date.
-- Limits: f[t-1] = f[t] * close[t] / (close[t] * split[t] + dividend[t]), 1 after the last event; events after the last bar do not count
--   yet. Written anew for a whole symbol when one of its events, or the close of an event's session, is new or changed. A pure function
--   of bars and events: logarithms are added as decimals, so that no order of adding shows; factors have 14 decimals.
-- Sorted by symbol, because it is read for some symbols.
CREATE TABLE market.adjustment_factor (
    symbol VARCHAR(32) NOT NULL,
    session_date DATE NOT NULL,
    applies_from DATE NOT NULL,
    close DECIMAL(18, 6) NOT NULL,
    dividend_amount DECIMAL(28, 13) NOT NULL,
    split_factor DECIMAL(28, 13) NOT NULL,
    price_factor DOUBLE PRECISION NOT NULL,
    volume_factor DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (symbol, session_date)
)
DISTSTYLE AUTO
SORTKEY (symbol);

COMMENT ON TABLE market.adjustment_factor IS 'By what a price before an event is multiplied to be comparable with prices of today.';
COMMENT ON COLUMN market.adjustment_factor.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.adjustment_factor.session_date IS 'The session on which the event takes effect.';
COMMENT ON COLUMN market.adjustment_factor.applies_from IS 'First session of the factors: the session of the event before, else 1900-01-01; they hold until before session_date.';
COMMENT ON COLUMN market.adjustment_factor.close IS 'The unadjusted close of session_date.';
COMMENT ON COLUMN market.adjustment_factor.dividend_amount IS 'Cash per share of all dividends that take effect on the session.';
COMMENT ON COLUMN market.adjustment_factor.split_factor IS 'Product of all splits that take effect on the session.';
COMMENT ON COLUMN market.adjustment_factor.price_factor IS 'Product of the ratios of this and all later events; multiplies prices.';
COMMENT ON COLUMN market.adjustment_factor.volume_factor IS 'Product of this and all later splits; multiplies volumes.';
