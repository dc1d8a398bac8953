-- One symbol's adjusted series as it was known at a moment: bars and events in the versions that held then, and our factors of them.
-- Grain: one row for each session known then.
-- Key: session_date.
-- Limits: binds the symbol and the moment (UTC) four times over, in this order each time.
WITH bar AS (
    SELECT symbol, session_date, close
    FROM market.daily_price_version
    WHERE symbol = %s AND valid_from <= CAST(%s AS TIMESTAMP) AND (valid_to IS NULL OR valid_to > CAST(%s AS TIMESTAMP))
),
action AS (
    SELECT ex_date, dividend_amount, split_factor
    FROM market.corporate_action_version
    WHERE symbol = %s AND valid_from <= CAST(%s AS TIMESTAMP) AND (valid_to IS NULL OR valid_to > CAST(%s AS TIMESTAMP))
),
dated AS (
    SELECT session_date AS day, session_date AS bar_date, 1 AS is_bar, NULL AS dividend_amount, NULL AS split_factor FROM bar
    UNION ALL
    SELECT ex_date AS day, NULL AS bar_date, 0 AS is_bar, dividend_amount, split_factor FROM action
),
event AS (
    SELECT
        is_bar,
        dividend_amount,
        split_factor,
        MIN(bar_date) OVER (ORDER BY day DESC, is_bar DESC ROWS UNBOUNDED PRECEDING) AS session_date
    FROM dated
),
ratio AS (
    SELECT
        session_date,
        SUM(dividend_amount) AS dividend_amount,
        EXP(SUM(LN(CAST(split_factor AS DOUBLE PRECISION)))) AS split_factor
    FROM event
    WHERE is_bar = 0 AND session_date IS NOT NULL
    GROUP BY session_date
),
line AS (
    SELECT
        bar.session_date,
        bar.close,
        CASE WHEN ratio.session_date IS NULL THEN 0 ELSE LN(
            CAST(bar.close AS DOUBLE PRECISION)
            / (CAST(bar.close AS DOUBLE PRECISION) * ratio.split_factor + CAST(ratio.dividend_amount AS DOUBLE PRECISION))
        ) END AS step
    FROM bar
    LEFT JOIN ratio ON ratio.session_date = bar.session_date
)
SELECT
    session_date,
    close,
    CAST(CAST(close AS DOUBLE PRECISION) * EXP(NVL(
        SUM(step) OVER (ORDER BY session_date DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
    )) AS DECIMAL(28, 13)) AS adjusted_close
FROM line
ORDER BY session_date;
