-- How much does each symbol move with a benchmark, over the last sessions that both have? Change benchmark and sessions in the first line.
-- Needs: a run of daily_prices in whose watchlist the benchmark is.
-- Empty: the benchmark is not loaded, or no other symbol has so many sessions in common with it.
WITH wanted AS (SELECT 'MSFT' AS benchmark, 60 AS sessions),
pair AS (
    SELECT own.symbol, own.session_date, own.log_return AS a, market.log_return AS b, wanted.sessions,
        ROW_NUMBER() OVER (PARTITION BY own.symbol ORDER BY own.session_date DESC) AS place
    FROM market.daily_metric AS own
    INNER JOIN market.daily_metric AS market ON market.session_date = own.session_date
    INNER JOIN wanted ON wanted.benchmark = market.symbol
    WHERE own.symbol <> market.symbol AND own.log_return IS NOT NULL AND market.log_return IS NOT NULL
)
SELECT symbol, MAX(session_date) AS last_session, COUNT(*) AS sessions,
    (SUM(a * b) - SUM(a) * SUM(b) / COUNT(*)) / NULLIF(SUM(b * b) - SUM(b) * SUM(b) / COUNT(*), 0) AS beta
FROM pair
WHERE place <= sessions
GROUP BY symbol
HAVING COUNT(*) = MAX(sessions)
ORDER BY symbol;
