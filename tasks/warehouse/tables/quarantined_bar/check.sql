-- Check: block. Every identity that was written stands exactly once; gives those that do not.
-- Grain: one row for each such identity, ten at most.
-- Key: identity.
-- Limits: grouped by the delta, which declares no key, because the planner trusts a declared one.
SELECT changes.identity, COUNT(held.identity) AS bars
FROM ${delta} AS changes
LEFT JOIN ops.quarantined_bar AS held ON held.identity = changes.identity
GROUP BY changes.identity
HAVING COUNT(held.identity) <> 1
ORDER BY changes.identity
LIMIT 10;
