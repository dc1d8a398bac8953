-- Check: block. Every staged split has a row of its symbol and date in the table, at least as new or with equal values.
-- Counts the staged rows that were neither written nor answered for: staged = new + changed + unchanged, counted in the table itself.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(staged.symbol || ' ' || CAST(staged.effective_date AS VARCHAR(10))) AS example
FROM ${stage} AS staged
LEFT JOIN market.fact_split AS held ON held.symbol = staged.symbol AND held.effective_date = staged.effective_date
WHERE held.symbol IS NULL OR (held.observed_at < staged.observed_at AND held.row_hash <> staged.row_hash);
