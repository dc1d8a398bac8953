-- Computes the factors of some symbols from their bars and events. Bars and events of a symbol are laid on one line of days, so that each
-- event finds the first bar on or after it in one pass.
-- Grain: one row for each symbol and session on which an event takes effect.
-- Key: symbol, session_date.
-- Limits: events before the first bar take effect on it, where there is nothing left to adjust.
INSERT INTO market.adjustment_factor (
    symbol, session_date, applies_from, close, dividend_amount, split_factor, price_factor, volume_factor
)
SELECT
    effect.symbol,
    effect.session_date,
    NVL(LAG(effect.session_date) OVER (PARTITION BY effect.symbol ORDER BY effect.session_date), DATE '1900-01-01') AS applies_from,
    effect.close,
    effect.dividend_amount,
    effect.split_factor,
    ROUND(EXP(CAST(SUM(CAST(
        LN(CAST(effect.close AS DOUBLE PRECISION)
            / (CAST(effect.close AS DOUBLE PRECISION) * CAST(effect.split_factor AS DOUBLE PRECISION) + CAST(effect.dividend_amount AS DOUBLE PRECISION)))
        AS DECIMAL(28, 18)
    )) OVER (PARTITION BY effect.symbol ORDER BY effect.session_date DESC ROWS UNBOUNDED PRECEDING) AS DOUBLE PRECISION)), 14) AS price_factor,
    ROUND(EXP(CAST(SUM(CAST(LN(CAST(effect.split_factor AS DOUBLE PRECISION)) AS DECIMAL(28, 18)))
        OVER (PARTITION BY effect.symbol ORDER BY effect.session_date DESC ROWS UNBOUNDED PRECEDING) AS DOUBLE PRECISION)), 14) AS volume_factor
FROM (
    SELECT
        bar.symbol,
        bar.session_date,
        bar.close,
        CAST(SUM(event.dividend_amount) AS DECIMAL(28, 13)) AS dividend_amount,
        CAST(EXP(CAST(SUM(CAST(LN(CAST(event.split_factor AS DOUBLE PRECISION)) AS DECIMAL(28, 18))) AS DOUBLE PRECISION)) AS DECIMAL(28, 13)) AS split_factor
    FROM (
        SELECT
            symbol,
            is_bar,
            dividend_amount,
            split_factor,
            MIN(bar_date) OVER (PARTITION BY symbol ORDER BY day DESC, is_bar DESC ROWS UNBOUNDED PRECEDING) AS session_date
        FROM (
            SELECT held.symbol, held.session_date AS day, held.session_date AS bar_date, 1 AS is_bar, NULL AS dividend_amount, NULL AS split_factor
            FROM market.fact_daily_price AS held
            INNER JOIN ${symbols} AS chosen ON chosen.symbol = held.symbol
            UNION ALL
            SELECT action.symbol, action.ex_date AS day, NULL AS bar_date, 0 AS is_bar, action.dividend_amount, action.split_factor
            FROM market.corporate_action AS action
            INNER JOIN ${symbols} AS chosen ON chosen.symbol = action.symbol
        ) AS dated
    ) AS event
    INNER JOIN market.fact_daily_price AS bar ON bar.symbol = event.symbol AND bar.session_date = event.session_date
    WHERE event.is_bar = 0
    GROUP BY bar.symbol, bar.session_date, bar.close
) AS effect;
