-- Check: block. Every touched version stands exactly once after MERGE; gives those that do not.
-- Grain: one row for each such version, ten at most.
-- Key: symbol, ipo_date, valid_from.
-- Limits: grouped by the delta, which declares no key.
SELECT changes.symbol, changes.ipo_date, changes.valid_from, COUNT(held.symbol) AS times
FROM ${delta} AS changes
LEFT JOIN market.dim_symbol AS held
    ON held.symbol = changes.symbol
    AND NVL(held.ipo_date, DATE '1900-01-01') = NVL(changes.ipo_date, DATE '1900-01-01')
    AND held.valid_from = changes.valid_from
GROUP BY changes.symbol, changes.ipo_date, changes.valid_from
HAVING COUNT(held.symbol) <> 1
ORDER BY changes.symbol, changes.ipo_date, changes.valid_from
LIMIT 10;
