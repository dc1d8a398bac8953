-- Check: block. Every staged listing has a version in the table, at least as new or with equal values.
-- Counts the staged listings whose symbol and IPO date have none.
-- Grain: one row.
-- Key: none.
-- Limits: looks at the newest version of each, open or closed.
SELECT COUNT(*) AS violations, MIN(staged.symbol) AS example
FROM ${stage} AS staged
LEFT JOIN market.dim_symbol AS held
    ON held.symbol = staged.symbol
    AND NVL(held.ipo_date, DATE '1900-01-01') = NVL(staged.ipo_date, DATE '1900-01-01')
    AND (held.row_hash = staged.row_hash OR held.valid_from >= staged.observed_at)
WHERE held.symbol IS NULL;
