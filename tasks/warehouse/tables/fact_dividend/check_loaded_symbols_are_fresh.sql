-- Check: warn. Every loaded symbol is answered with its newest dividend that has gone ex, or with newer ones.
-- Counts the symbols of which the table holds a newer one than the load brought: an answer that is older than the table, or cut off.
-- Grain: one row.
-- Key: none.
-- Limits: dividends that are only announced may be withdrawn, so they are left out; one withdrawn later is told in every run.
SELECT COUNT(*) AS violations, MIN(behind.symbol || ' ' || CAST(behind.newest_held AS VARCHAR(10))) AS example
FROM (
    SELECT held.symbol, MAX(held.ex_date) AS newest_held, MAX(answer.newest_staged) AS newest_staged
    FROM market.fact_dividend AS held
    INNER JOIN (
        SELECT symbol, MAX(ex_date) AS newest_staged, MAX(CAST(observed_at AS DATE)) AS observed_on FROM ${stage} GROUP BY symbol
    ) AS answer ON answer.symbol = held.symbol AND held.ex_date <= answer.observed_on
    GROUP BY held.symbol
) AS behind
WHERE behind.newest_held > behind.newest_staged;
