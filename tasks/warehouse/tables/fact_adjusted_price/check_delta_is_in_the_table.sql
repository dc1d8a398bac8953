-- Check: block. Every new or changed adjusted price stands in the table with the values and the run of this load.
-- Counts the rows of the delta that do not.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(changes.symbol || ' ' || CAST(changes.session_date AS VARCHAR(10))) AS example
FROM ${delta} AS changes
LEFT JOIN market.fact_adjusted_price AS held
    ON held.symbol = changes.symbol
    AND held.session_date = changes.session_date
    AND held.row_hash = changes.row_hash
    AND held.observed_at = changes.observed_at
    AND held.run_id = changes.run_id
WHERE held.symbol IS NULL;
