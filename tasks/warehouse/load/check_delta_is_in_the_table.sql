-- Check: block. Every new or changed ${row} stands in the table with the values and the run of this load.
-- Counts the rows of the delta that do not.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(${example(changes)}) AS example
FROM ${delta} AS changes
LEFT JOIN ${table} AS held
    ON ${match(held, changes)}
    AND held.row_hash = changes.row_hash
    AND held.observed_at = changes.observed_at
    AND held.run_id = changes.run_id
WHERE held.symbol IS NULL;
