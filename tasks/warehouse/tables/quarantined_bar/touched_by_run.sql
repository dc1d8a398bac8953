-- The bars a run held back first, per symbol, for a load whose COMMIT was not answered.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: none.
SELECT symbol, COUNT(*) AS bars FROM ops.quarantined_bar WHERE run_id = %s GROUP BY symbol ORDER BY symbol;
