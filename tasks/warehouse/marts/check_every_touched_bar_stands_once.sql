-- Check: block. Every touched bar stands in the table exactly once.
-- Counts the touched bars that are missing or repeated.
-- Grain: one row.
-- Key: none.
-- Limits: rows that were made anew because they follow a touched bar are counted by MERGE alone.
SELECT COUNT(*) AS violations, MIN(wrong.symbol || ' ' || CAST(wrong.session_date AS VARCHAR(10))) AS example
FROM (
    SELECT chosen.symbol, chosen.session_date
    FROM ${touched} AS chosen
    LEFT JOIN ${table} AS held
        ON held.symbol = chosen.symbol
        AND held.session_date = chosen.session_date
        AND held.session_date BETWEEN ${first} AND ${last}
    GROUP BY chosen.symbol, chosen.session_date
    HAVING COUNT(held.symbol) <> 1
) AS wrong;
