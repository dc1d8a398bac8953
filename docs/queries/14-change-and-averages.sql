-- By how many percent did each symbol move, beside its moving averages and its volatility?
-- Needs: a run of daily_prices. An average or a volatility is null until a symbol has as many bars.
-- Empty: no bar is loaded yet.
SELECT symbol, session_date, adjusted_close, daily_return * 100 AS change_percent,
    average_close_7, average_close_20, average_close_50, average_close_200, volatility_7, volatility_20
FROM market.daily_metric
WHERE session_date >= DATEADD(day, -30, (SELECT MAX(session_date) FROM market.daily_metric))
ORDER BY symbol, session_date DESC;
