-- Check: block. Every row that was made anew stands in the table exactly once.
-- Counts the staged rows that are missing or repeated.
-- Grain: one row.
-- Key: none.
-- Limits: the stage of a mart holds what one load touches; other rows are left as they are.
SELECT COUNT(*) AS violations, MIN(wrong.symbol || ' ' || CAST(wrong.session_date AS VARCHAR(10))) AS example
FROM (
    SELECT staged.symbol, staged.session_date
    FROM ${stage} AS staged
    LEFT JOIN market.daily_price_adjusted AS held ON held.symbol = staged.symbol AND held.session_date = staged.session_date
    GROUP BY staged.symbol, staged.session_date
    HAVING COUNT(held.symbol) <> 1
) AS wrong;
