-- Which sessions are missing between a symbol's first and last bar?
-- Needs: a run of daily_prices; sessions are those of XNYS.
-- Empty: no session is missing, which is what you want.
SELECT held.symbol, due.session_date, due.is_early_close
FROM (
    SELECT symbol, MIN(session_date) AS first_session, MAX(session_date) AS last_session FROM market.fact_daily_price GROUP BY symbol
) AS held
INNER JOIN market.dim_session AS due ON due.exchange = 'XNYS' AND due.session_date BETWEEN held.first_session AND held.last_session
LEFT JOIN market.fact_daily_price AS bar ON bar.symbol = held.symbol AND bar.session_date = due.session_date
WHERE bar.symbol IS NULL
ORDER BY held.symbol, due.session_date;
