-- How deep did each symbol fall from its highest close, and when? Adjusted where an event of the symbol is loaded, else as traded.
-- Needs: a run of daily_prices.
-- Empty: no bar is loaded yet.
SELECT symbol, series, session_date, close, highest_close, drawdown
FROM (
    SELECT symbol, series, session_date, close, highest_close,
        CAST(close AS DOUBLE PRECISION) / CAST(highest_close AS DOUBLE PRECISION) - 1 AS drawdown
    FROM (
        SELECT bar.symbol, bar.session_date, bar.adjusted_close AS close,
            CASE WHEN known.symbol IS NULL THEN 'as traded' ELSE 'adjusted' END AS series,
            MAX(bar.adjusted_close) OVER (PARTITION BY bar.symbol ORDER BY bar.session_date ROWS UNBOUNDED PRECEDING) AS highest_close
        FROM market.daily_price_adjusted AS bar
        LEFT JOIN (SELECT DISTINCT symbol FROM market.corporate_action) AS known ON known.symbol = bar.symbol
    ) AS running
) AS fallen
QUALIFY ROW_NUMBER() OVER (PARTITION BY symbol ORDER BY drawdown, session_date) = 1
ORDER BY drawdown, symbol;
