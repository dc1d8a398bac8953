-- Every bar in every version that was known: the pattern for questions as of a moment.
-- Grain: one row for each version of a bar.
-- Key: symbol, session_date, valid_from.
-- Limits: what was known at a moment m is: valid_from <= m AND (valid_to IS NULL OR valid_to > m). Known means observed by us, UTC.
CREATE VIEW market.daily_price_version AS
SELECT
    symbol, session_date, "open", high, low, close, volume, row_hash, capture_key, observed_at AS valid_from, CAST(NULL AS TIMESTAMP) AS valid_to
FROM market.fact_daily_price
UNION ALL
SELECT
    symbol, session_date, "open", high, low, close, volume, row_hash, capture_key, observed_at AS valid_from, superseded_at AS valid_to
FROM market.fact_daily_price_revision;

COMMENT ON VIEW market.daily_price_version IS 'Every bar in every version that was known, for questions as of a moment.';
COMMENT ON COLUMN market.daily_price_version.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.daily_price_version.session_date IS 'The exchange''s trading date.';
COMMENT ON COLUMN market.daily_price_version."open" IS 'Opening price.';
COMMENT ON COLUMN market.daily_price_version.high IS 'Highest price.';
COMMENT ON COLUMN market.daily_price_version.low IS 'Lowest price.';
COMMENT ON COLUMN market.daily_price_version.close IS 'Closing price, unadjusted.';
COMMENT ON COLUMN market.daily_price_version.volume IS 'Shares traded.';
COMMENT ON COLUMN market.daily_price_version.row_hash IS 'Hash of the values.';
COMMENT ON COLUMN market.daily_price_version.capture_key IS 'The S3 key of the response they were read from.';
COMMENT ON COLUMN market.daily_price_version.valid_from IS 'When the values were first observed, UTC.';
COMMENT ON COLUMN market.daily_price_version.valid_to IS 'When their successors were observed, UTC; null for the newest.';
