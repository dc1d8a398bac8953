-- Check: block. Every touched key stands exactly once after MERGE; gives those that do not.
-- Grain: one row for each such key, ten at most.
-- Key: symbol, effective_date.
-- Limits: grouped by the delta, which declares no key, because the planner trusts a declared one.
SELECT changes.symbol, changes.effective_date, COUNT(held.symbol) AS times
FROM ${delta} AS changes
LEFT JOIN market.fact_split AS held ON held.symbol = changes.symbol AND held.effective_date = changes.effective_date
GROUP BY changes.symbol, changes.effective_date
HAVING COUNT(held.symbol) <> 1
ORDER BY changes.symbol, changes.effective_date
LIMIT 10;
