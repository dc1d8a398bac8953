-- Check: block. Every changed ${row} has kept its former values as a revision.
-- Counts the changed rows of the delta without one.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(${example(changes)}) AS example
FROM ${delta} AS changes
LEFT JOIN ${revision} AS former
    ON ${match(former, changes)}
    AND former.superseded_at = changes.observed_at
    AND former.superseded_by = changes.capture_key
WHERE NOT changes.is_new AND former.symbol IS NULL;
