-- How closely did two symbols move together over the last 20 sessions, session by session? Change the two symbols.
-- Needs: a run of daily_prices for both symbols.
-- Empty: one of the two is not loaded, or they have fewer than 21 sessions in common.
SELECT session_date,
    (products - returns_a * returns_b / 20)
    / NULLIF(SQRT(GREATEST((squares_a - returns_a * returns_a / 20) * (squares_b - returns_b * returns_b / 20), 0)), 0) AS correlation_20
FROM (
    SELECT session_date,
        COUNT(*) OVER (ORDER BY session_date ROWS 19 PRECEDING) AS sessions,
        SUM(a * b) OVER (ORDER BY session_date ROWS 19 PRECEDING) AS products,
        SUM(a) OVER (ORDER BY session_date ROWS 19 PRECEDING) AS returns_a,
        SUM(b) OVER (ORDER BY session_date ROWS 19 PRECEDING) AS returns_b,
        SUM(a * a) OVER (ORDER BY session_date ROWS 19 PRECEDING) AS squares_a,
        SUM(b * b) OVER (ORDER BY session_date ROWS 19 PRECEDING) AS squares_b
    FROM (
        SELECT one.session_date, one.log_return AS a, other.log_return AS b
        FROM market.daily_metric AS one
        INNER JOIN market.daily_metric AS other ON other.session_date = one.session_date
        WHERE one.symbol = 'AAPL' AND other.symbol = 'MSFT' AND one.log_return IS NOT NULL AND other.log_return IS NOT NULL
    ) AS pair
) AS rolling
WHERE sessions = 20
ORDER BY session_date;
