-- Check: warn. Every loaded symbol is answered with its newest ${row} that has taken effect, or with newer ones.
-- Counts the symbols of which the table holds a newer one than the load brought: an answer that is older than the table, or cut off.
-- Grain: one row.
-- Key: none.
-- Limits: what is only announced may be withdrawn, so it is left out; one withdrawn later is told in every run. Rows before the load's first
--   date are older than what it brought.
SELECT COUNT(*) AS violations, MIN(behind.symbol || ' ' || CAST(behind.newest_held AS VARCHAR(10))) AS example
FROM (
    SELECT held.symbol, MAX(${date(held)}) AS newest_held, MAX(answer.newest_staged) AS newest_staged
    FROM ${table} AS held
    INNER JOIN (
        SELECT symbol, MAX(${date}) AS newest_staged, MAX(CAST(observed_at AS DATE)) AS observed_on FROM ${stage} GROUP BY symbol
    ) AS answer
        ON answer.symbol = held.symbol AND ${date(held)} <= answer.observed_on
    WHERE ${since(held)}
    GROUP BY held.symbol
) AS behind
WHERE behind.newest_held > behind.newest_staged;
