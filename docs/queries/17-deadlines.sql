-- In how many sessions of each month had the bars arrived by a deadline? Change exchange and hours in the first line of the statement.
-- Needs: daily runs of daily_prices. A bar that came more than seven days after the close, as by a backfill, does not count.
-- Empty: no bar has arrived within seven days of the close of a session.
WITH wanted AS (SELECT 'XNYS' AS exchange, 8 AS deadline_hours),
arrived AS (
    SELECT symbol, session_date, MIN(valid_from) AS arrived_at
    FROM market.daily_price_version
    GROUP BY symbol, session_date
),
session AS (
    SELECT calendar.session_date, wanted.deadline_hours,
        COUNT(*) AS bars,
        MAX(DATEDIFF(minute, calendar.closes_at, arrived.arrived_at)) / 60.0 AS hours
    FROM wanted
    INNER JOIN market.dim_session AS calendar ON calendar.exchange = wanted.exchange
    INNER JOIN arrived ON arrived.session_date = calendar.session_date
        AND arrived.arrived_at BETWEEN calendar.closes_at AND DATEADD(day, 7, calendar.closes_at)
    GROUP BY calendar.session_date, wanted.deadline_hours
)
SELECT
    CAST(DATE_TRUNC('month', session_date) AS DATE) AS month,
    COUNT(*) AS sessions,
    SUM(CASE WHEN hours <= deadline_hours THEN 1 ELSE 0 END) AS in_time,
    CAST(100.0 * SUM(CASE WHEN hours <= deadline_hours THEN 1 ELSE 0 END) / COUNT(*) AS DECIMAL(5, 2)) AS percent_in_time,
    CAST(MAX(hours) AS DECIMAL(6, 2)) AS slowest_hours,
    SUM(bars) AS bars
FROM session
GROUP BY CAST(DATE_TRUNC('month', session_date) AS DATE)
ORDER BY month DESC;
