-- Check: block. Every new or changed quote stands in the table with the values and the run of this load.
-- Counts the quotes of the delta that do not.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(changes.symbol) AS example
FROM ${delta} AS changes
LEFT JOIN market.quote AS held
    ON held.symbol = changes.symbol
    AND held.row_hash = changes.row_hash
    AND held.observed_at = changes.observed_at
    AND held.run_id = changes.run_id
WHERE held.symbol IS NULL;
