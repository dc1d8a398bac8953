-- Check: block. Every touched key stands exactly once after MERGE; gives those that do not.
-- Grain: one row for each such key, ten at most.
-- Key: symbol, session_date.
-- Limits: grouped by the delta, which declares no key, because the planner trusts a declared one.
SELECT changes.symbol, changes.session_date, COUNT(held.symbol) AS bars
FROM ${delta} AS changes
LEFT JOIN market.fact_daily_price AS held ON held.symbol = changes.symbol AND held.session_date = changes.session_date
GROUP BY changes.symbol, changes.session_date
HAVING COUNT(held.symbol) <> 1
ORDER BY changes.symbol, changes.session_date
LIMIT 10;
