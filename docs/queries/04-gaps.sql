-- Which sessions are missing between a symbol's first and last bar?
-- Needs: a run of daily_prices; sessions are those of XNYS, of VOD.LON or FRA:BMW those on which any symbol of that suffix or prefix has a bar.
-- Empty: no session is missing, which is what you want.
WITH held AS (
    SELECT
        symbol,
        NVL(NULLIF(REGEXP_SUBSTR(symbol, '^[A-Z]{3,6}:'), ''), NULLIF(REGEXP_SUBSTR(symbol, '[.][A-Z]{3}$'), ''), 'XNYS') AS venue,
        MIN(session_date) AS first_session,
        MAX(session_date) AS last_session
    FROM market.fact_daily_price
    GROUP BY symbol
),
due AS (
    SELECT exchange AS venue, session_date, is_early_close FROM market.dim_session WHERE exchange = 'XNYS'
    UNION ALL
    SELECT DISTINCT held.venue, bar.session_date, FALSE AS is_early_close
    FROM held
    INNER JOIN market.fact_daily_price AS bar ON bar.symbol = held.symbol
    WHERE held.venue <> 'XNYS'
)
SELECT held.symbol, due.session_date, due.is_early_close
FROM held
INNER JOIN due ON due.venue = held.venue AND due.session_date BETWEEN held.first_session AND held.last_session
LEFT JOIN market.fact_daily_price AS bar ON bar.symbol = held.symbol AND bar.session_date = due.session_date
WHERE bar.symbol IS NULL
ORDER BY held.symbol, due.session_date;
