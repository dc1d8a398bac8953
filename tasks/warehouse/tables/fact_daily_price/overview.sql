-- What the table holds, for people.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: reads the whole table.
SELECT
    symbol,
    MIN(session_date) OVER (PARTITION BY symbol) AS first_session,
    session_date AS last_session,
    COUNT(*) OVER (PARTITION BY symbol) AS bars,
    close AS last_close
FROM market.fact_daily_price AS price
QUALIFY ROW_NUMBER() OVER (PARTITION BY symbol ORDER BY session_date DESC) = 1
ORDER BY symbol;
