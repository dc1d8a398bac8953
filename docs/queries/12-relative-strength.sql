-- How strong is each symbol by the 14-session RSI of simple averages (Cutler's), on adjusted closes?
-- Needs: a run of daily_prices.
-- Empty: no symbol has 15 bars yet.
SELECT symbol, session_date, adjusted_close,
    CASE WHEN losses = 0 THEN 100 ELSE 100 - 100 / (1 + gains / losses) END AS rsi_14
FROM (
    SELECT symbol, session_date, adjusted_close,
        COUNT(change) OVER (PARTITION BY symbol ORDER BY session_date ROWS 13 PRECEDING) AS changes,
        SUM(GREATEST(change, 0)) OVER (PARTITION BY symbol ORDER BY session_date ROWS 13 PRECEDING) AS gains,
        SUM(GREATEST(-change, 0)) OVER (PARTITION BY symbol ORDER BY session_date ROWS 13 PRECEDING) AS losses
    FROM (
        SELECT symbol, session_date, adjusted_close,
            CAST(adjusted_close AS DOUBLE PRECISION)
            - CAST(LAG(adjusted_close) OVER (PARTITION BY symbol ORDER BY session_date) AS DOUBLE PRECISION) AS change
        FROM market.daily_price_adjusted
    ) AS moved
) AS averaged
WHERE changes = 14
ORDER BY symbol, session_date;
