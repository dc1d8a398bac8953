-- Check: block. Every changed dividend has kept its former values as a revision.
-- Counts the changed rows of the delta without one.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(changes.symbol || ' ' || CAST(changes.ex_date AS VARCHAR(10))) AS example
FROM ${delta} AS changes
LEFT JOIN market.fact_dividend_revision AS former
    ON former.symbol = changes.symbol
    AND former.ex_date = changes.ex_date
    AND former.superseded_at = changes.observed_at
    AND former.superseded_by = changes.capture_key
WHERE NOT changes.is_new AND former.symbol IS NULL;
