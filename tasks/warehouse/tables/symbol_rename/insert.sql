-- Writes one rename.
-- Grain: one row.
-- Key: old_symbol, renamed_on.
-- Limits: none.
INSERT INTO market.symbol_rename (old_symbol, new_symbol, renamed_on, used_from, series_symbol)
VALUES (%s, %s, %s, %s, %s);
