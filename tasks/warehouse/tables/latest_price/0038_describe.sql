-- What the columns of the view are, for the query editor and the data dictionary.
-- Grain: none; descriptions.
-- Key: none.
-- Limits: none.
COMMENT ON COLUMN market.latest_price.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.latest_price.session_date IS 'The newest session held.';
COMMENT ON COLUMN market.latest_price."open" IS 'Opening price.';
COMMENT ON COLUMN market.latest_price.high IS 'Highest price.';
COMMENT ON COLUMN market.latest_price.low IS 'Lowest price.';
COMMENT ON COLUMN market.latest_price.close IS 'Closing price, adjusted for nothing.';
COMMENT ON COLUMN market.latest_price.volume IS 'Shares traded.';
COMMENT ON COLUMN market.latest_price.previous_session IS 'The session held before; null for a symbol with one bar.';
COMMENT ON COLUMN market.latest_price.previous_close IS 'Its closing price.';
COMMENT ON COLUMN market.latest_price.change IS 'Close less the previous close.';
COMMENT ON COLUMN market.latest_price.change_percent IS 'Change in percent of the previous close.';
COMMENT ON COLUMN market.latest_price.observed_at IS 'When the newest values were observed, UTC.';
