-- The bars a run wrote last, per symbol, for a load whose COMMIT was not answered.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: a bar that a later run restated counts for that run.
SELECT symbol, COUNT(*) AS bars FROM market.fact_daily_price WHERE run_id = %s GROUP BY symbol ORDER BY symbol;
