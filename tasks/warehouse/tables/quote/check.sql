-- Check: block. Every touched key stands exactly once after MERGE; gives those that do not.
-- Grain: one row for each such key, ten at most.
-- Key: symbol.
-- Limits: grouped by the delta, which declares no key, because the planner trusts a declared one.
SELECT changes.symbol, COUNT(held.symbol) AS times
FROM ${delta} AS changes
LEFT JOIN market.quote AS held ON held.symbol = changes.symbol
GROUP BY changes.symbol
HAVING COUNT(held.symbol) <> 1
ORDER BY changes.symbol
LIMIT 10;
