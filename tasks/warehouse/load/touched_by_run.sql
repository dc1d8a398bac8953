-- The rows a run wrote last, per symbol, for a load whose COMMIT was not answered.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: a row that a later run changed counts for that run.
SELECT symbol, COUNT(*) AS rows_touched FROM ${table} WHERE run_id = %s GROUP BY symbol ORDER BY symbol;
