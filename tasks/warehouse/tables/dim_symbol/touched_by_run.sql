-- The versions a run wrote, per symbol, for a load whose COMMIT was not answered.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: none.
SELECT symbol, COUNT(*) AS rows_touched FROM market.dim_symbol WHERE run_id = %s GROUP BY symbol ORDER BY symbol;
