-- What the columns of the view are, for the query editor and the data dictionary.
-- Grain: none; descriptions.
-- Key: none.
-- Limits: none.
COMMENT ON COLUMN market.released_price.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.released_price.session_date IS 'The exchange''s trading date.';
COMMENT ON COLUMN market.released_price."open" IS 'Opening price.';
COMMENT ON COLUMN market.released_price.high IS 'Highest price.';
COMMENT ON COLUMN market.released_price.low IS 'Lowest price.';
COMMENT ON COLUMN market.released_price.close IS 'Closing price, adjusted for nothing.';
COMMENT ON COLUMN market.released_price.volume IS 'Shares traded.';
COMMENT ON COLUMN market.released_price.reasons IS 'Why it had been held back.';
COMMENT ON COLUMN market.released_price.released_at IS 'When a person released it, UTC.';
COMMENT ON COLUMN market.released_price.released_by IS 'Who released it.';
COMMENT ON COLUMN market.released_price.release_note IS 'Why it was released.';
COMMENT ON COLUMN market.released_price.observed_at IS 'When the values were first observed, UTC.';
COMMENT ON COLUMN market.released_price.run_id IS 'The run that loaded it.';
