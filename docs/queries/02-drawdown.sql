-- How deep did each symbol fall from its highest adjusted close, and when?
-- Needs: a run of daily_prices.
-- Empty: no bar is loaded yet.
SELECT symbol, session_date, adjusted_close, highest_close, drawdown
FROM (
    SELECT symbol, session_date, adjusted_close, highest_close,
        CAST(adjusted_close AS DOUBLE PRECISION) / CAST(highest_close AS DOUBLE PRECISION) - 1 AS drawdown
    FROM (
        SELECT symbol, session_date, adjusted_close,
            MAX(adjusted_close) OVER (PARTITION BY symbol ORDER BY session_date ROWS UNBOUNDED PRECEDING) AS highest_close
        FROM market.daily_price_adjusted
    ) AS running
) AS fallen
QUALIFY ROW_NUMBER() OVER (PARTITION BY symbol ORDER BY drawdown, session_date) = 1
ORDER BY drawdown, symbol;
