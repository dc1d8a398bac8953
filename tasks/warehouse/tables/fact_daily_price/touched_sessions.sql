-- The bars that are new or changed, of symbols that are not computed anew as a whole.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: none.
INSERT INTO ${touched} (symbol, session_date)
SELECT changes.symbol, changes.session_date
FROM ${delta} AS changes
LEFT JOIN ${symbols} AS chosen ON chosen.symbol = changes.symbol
WHERE chosen.symbol IS NULL;
