-- The splits and dividends of one symbol that are known, newest first.
-- Grain: one row for each event.
-- Key: none; a dividend and a split may share a date.
-- Limits: none.
SELECT ex_date, dividend_amount, split_factor FROM market.corporate_action WHERE symbol = %s ORDER BY ex_date DESC;
