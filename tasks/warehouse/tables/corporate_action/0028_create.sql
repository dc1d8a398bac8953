-- Dividends and splits in one list, as adjustment takes them.
-- Grain: one row for each event.
-- Key: none; a dividend and a split may share a date.
-- Limits: an event counts from the first session on or after its date.
CREATE VIEW market.corporate_action AS
SELECT symbol, ex_date, amount AS dividend_amount, CAST(1 AS DECIMAL(28, 13)) AS split_factor, observed_at FROM market.fact_dividend
UNION ALL
SELECT symbol, effective_date AS ex_date, CAST(0 AS DECIMAL(28, 13)) AS dividend_amount, split_factor, observed_at FROM market.fact_split;

COMMENT ON VIEW market.corporate_action IS 'Dividends and splits in one list, as adjustment takes them.';
COMMENT ON COLUMN market.corporate_action.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.corporate_action.ex_date IS 'Ex-dividend date, or the split''s effective date.';
COMMENT ON COLUMN market.corporate_action.dividend_amount IS 'Cash per share; 0 for a split.';
COMMENT ON COLUMN market.corporate_action.split_factor IS 'Shares after for each share before; 1 for a dividend.';
COMMENT ON COLUMN market.corporate_action.observed_at IS 'When it was first observed, UTC.';
