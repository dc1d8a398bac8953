-- Check: block. Every row that was made anew stands in the table exactly once.
-- Counts the staged rows that are missing or repeated.
-- Grain: one row.
-- Key: none.
-- Limits: the stage of a mart holds what one load touches; other rows are left as they are.
SELECT COUNT(*) AS violations, MIN(wrong.symbol || ' ' || CAST(wrong.week_start AS VARCHAR(10))) AS example
FROM (
    SELECT staged.symbol, staged.week_start
    FROM ${stage} AS staged
    LEFT JOIN market.agg_weekly_price AS held ON held.symbol = staged.symbol AND held.week_start = staged.week_start
    GROUP BY staged.symbol, staged.week_start
    HAVING COUNT(held.symbol) <> 1
) AS wrong;
