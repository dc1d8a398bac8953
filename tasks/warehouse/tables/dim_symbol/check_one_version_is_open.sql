-- Check: block. A touched listing has at most one version that is still valid.
-- Counts the symbols and IPO dates of the delta with several.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(several.symbol) AS example
FROM (
    SELECT held.symbol, NVL(held.ipo_date, DATE '1900-01-01') AS ipo_date
    FROM market.dim_symbol AS held
    WHERE held.valid_to IS NULL AND held.symbol IN (SELECT changes.symbol FROM ${delta} AS changes)
    GROUP BY held.symbol, NVL(held.ipo_date, DATE '1900-01-01')
    HAVING COUNT(*) > 1
) AS several;
