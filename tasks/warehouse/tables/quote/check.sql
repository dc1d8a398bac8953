-- The touched keys that do not stand exactly once after MERGE; there must be none.
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
