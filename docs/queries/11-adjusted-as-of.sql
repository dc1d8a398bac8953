-- What was a symbol's adjusted series as it was known at a moment? Change symbol and moment in the first line of the statement.
-- Needs: a run of daily_prices for the symbol; splits and dividends by tickerhouse corporate-actions, else nothing is adjusted.
-- Empty: nothing was known of the symbol at that moment; ops.load_audit says when the first load was.
WITH wanted AS (SELECT 'AAPL' AS symbol, CAST(GETDATE() AS TIMESTAMP) AS moment),
bar AS (
    SELECT version.session_date, version.close
    FROM market.daily_price_version AS version
    INNER JOIN wanted ON wanted.symbol = version.symbol
    WHERE version.valid_from <= wanted.moment AND (version.valid_to IS NULL OR version.valid_to > wanted.moment)
),
action AS (
    SELECT version.ex_date, version.dividend_amount, version.split_factor
    FROM market.corporate_action_version AS version
    INNER JOIN wanted ON wanted.symbol = version.symbol
    WHERE version.valid_from <= wanted.moment AND (version.valid_to IS NULL OR version.valid_to > wanted.moment)
),
dated AS (
    SELECT session_date AS day, session_date AS bar_date, 1 AS is_bar, NULL AS dividend_amount, NULL AS split_factor FROM bar
    UNION ALL
    SELECT ex_date AS day, NULL AS bar_date, 0 AS is_bar, dividend_amount, split_factor FROM action
),
event AS (
    SELECT is_bar, dividend_amount, split_factor,
        MIN(bar_date) OVER (ORDER BY day DESC, is_bar DESC ROWS UNBOUNDED PRECEDING) AS session_date
    FROM dated
),
ratio AS (
    SELECT session_date, SUM(dividend_amount) AS dividend_amount, EXP(SUM(LN(CAST(split_factor AS DOUBLE PRECISION)))) AS split_factor
    FROM event
    WHERE is_bar = 0 AND session_date IS NOT NULL
    GROUP BY session_date
),
line AS (
    SELECT bar.session_date, bar.close,
        CASE WHEN ratio.session_date IS NULL THEN 0 ELSE LN(
            CAST(bar.close AS DOUBLE PRECISION)
            / (CAST(bar.close AS DOUBLE PRECISION) * ratio.split_factor + CAST(ratio.dividend_amount AS DOUBLE PRECISION))
        ) END AS step
    FROM bar
    LEFT JOIN ratio ON ratio.session_date = bar.session_date
)
SELECT session_date, close,
    CAST(CAST(close AS DOUBLE PRECISION) * EXP(NVL(
        SUM(step) OVER (ORDER BY session_date DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
    )) AS DECIMAL(28, 13)) AS adjusted_close
FROM line
ORDER BY session_date;
