-- Check: block. Every row that was written stands in the table exactly once.
-- Counts the staged rows that are missing or repeated.
-- Grain: one row.
-- Key: none.
-- Limits: the stage of a mart holds what one load changes; other rows are left as they are.
SELECT COUNT(*) AS violations, MIN(wrong.symbol || ' ' || CAST(wrong.${start} AS VARCHAR(10))) AS example
FROM (
    SELECT staged.symbol, staged.${start}
    FROM ${stage} AS staged
    LEFT JOIN ${table} AS held
        ON held.symbol = staged.symbol
        AND held.${start} = staged.${start}
        AND held.${start} BETWEEN ${first} - 31 AND ${last} + 31
    GROUP BY staged.symbol, staged.${start}
    HAVING COUNT(held.symbol) <> 1
) AS wrong;
