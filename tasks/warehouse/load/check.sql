-- Check: block. Every new or changed key stands exactly once after MERGE; gives those that do not.
-- Grain: one row for each such key, ten at most.
-- Key: ${key}.
-- Limits: grouped by the delta, which declares no key, because the planner trusts a declared one.
SELECT ${key(changes)}, COUNT(held.symbol) AS times
FROM ${delta} AS changes
LEFT JOIN ${table} AS held
    ON ${match(held, changes)}
GROUP BY ${key(changes)}
HAVING COUNT(held.symbol) <> 1
ORDER BY ${key(changes)}
LIMIT 10;
