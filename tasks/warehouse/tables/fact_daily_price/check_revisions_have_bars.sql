-- Check: block. No revision is an orphan: its bar stands in the table with other values.
-- Counts the revisions of the loaded symbols whose bar is gone.
-- Grain: one row.
-- Key: none.
-- Limits: looks at symbols with a changed bar only; others had no revision written.
SELECT COUNT(*) AS violations, MIN(former.symbol || ' ' || CAST(former.session_date AS VARCHAR(10))) AS example
FROM market.fact_daily_price_revision AS former
LEFT JOIN market.fact_daily_price AS held ON held.symbol = former.symbol AND held.session_date = former.session_date
WHERE former.symbol IN (SELECT changes.symbol FROM ${delta} AS changes WHERE NOT changes.is_new) AND held.symbol IS NULL;
