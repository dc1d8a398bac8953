-- Every dividend and split in every version that was known, like market.daily_price_version.
-- Grain: one row for each version of an event.
-- Key: none; a dividend and a split may share a date.
-- Limits: as market.daily_price_version.
CREATE VIEW market.corporate_action_version AS
SELECT symbol, ex_date, dividend_amount, split_factor, observed_at AS valid_from, CAST(NULL AS TIMESTAMP) AS valid_to
FROM market.corporate_action
UNION ALL
SELECT
    symbol, ex_date, amount AS dividend_amount, CAST(1 AS DECIMAL(28, 13)) AS split_factor, observed_at AS valid_from, superseded_at AS valid_to
FROM market.fact_dividend_revision
UNION ALL
SELECT
    symbol, effective_date AS ex_date, CAST(0 AS DECIMAL(28, 13)) AS dividend_amount, split_factor, observed_at AS valid_from, superseded_at AS valid_to
FROM market.fact_split_revision;

COMMENT ON VIEW market.corporate_action_version IS 'Every dividend and split in every version that was known, for questions as of a moment.';
COMMENT ON COLUMN market.corporate_action_version.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.corporate_action_version.ex_date IS 'Ex-dividend date, or the split''s effective date.';
COMMENT ON COLUMN market.corporate_action_version.dividend_amount IS 'Cash per share; 0 for a split.';
COMMENT ON COLUMN market.corporate_action_version.split_factor IS 'Shares after for each share before; 1 for a dividend.';
COMMENT ON COLUMN market.corporate_action_version.valid_from IS 'When the values were first observed, UTC.';
COMMENT ON COLUMN market.corporate_action_version.valid_to IS 'When their successors were observed, UTC; null for the newest.';
