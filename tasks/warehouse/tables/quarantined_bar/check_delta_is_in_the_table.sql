-- Check: block. Every bar that is quarantined for the first time stands in the table, and is not released.
-- Counts the bars of the delta that do not.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(changes.symbol || ' ' || changes.session_text) AS example
FROM ${delta} AS changes
LEFT JOIN ops.quarantined_bar AS held ON held."identity" = changes."identity" AND held.released_at IS NULL
WHERE held."identity" IS NULL;
