-- Check: block. No revision is an orphan: its split stands in the table with other values.
-- Counts the revisions of the loaded symbols whose row is gone.
-- Grain: one row.
-- Key: none.
-- Limits: looks at symbols with a changed row only; others had no revision written.
SELECT COUNT(*) AS violations, MIN(former.symbol || ' ' || CAST(former.effective_date AS VARCHAR(10))) AS example
FROM market.fact_split_revision AS former
LEFT JOIN market.fact_split AS held ON held.symbol = former.symbol AND held.effective_date = former.effective_date
WHERE former.symbol IN (SELECT changes.symbol FROM ${delta} AS changes WHERE NOT changes.is_new) AND held.symbol IS NULL;
