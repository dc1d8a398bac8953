-- Check: block. Every staged quote has one of its symbol in the table, at least as new or with equal values.
-- Counts the staged quotes that were neither written nor answered for.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(staged.symbol) AS example
FROM ${stage} AS staged
LEFT JOIN market.quote AS held ON held.symbol = staged.symbol
WHERE held.symbol IS NULL OR (held.observed_at < staged.observed_at AND held.row_hash <> staged.row_hash);
