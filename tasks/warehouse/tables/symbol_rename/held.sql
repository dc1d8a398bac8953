-- The renames that the warehouse knows.
-- Grain: one row for each rename.
-- Key: old_symbol, renamed_on.
-- Limits: none.
SELECT old_symbol, new_symbol, renamed_on, used_from, series_symbol
FROM market.symbol_rename
ORDER BY old_symbol, renamed_on;
