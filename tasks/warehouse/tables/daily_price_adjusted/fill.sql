-- Adjusts the touched bars.
-- Grain: one row for each touched symbol and session.
-- Key: symbol, session_date.
-- Limits: reads the bars of the touched span only.
INSERT INTO ${target} (
    symbol, session_date, adjusted_open, adjusted_high, adjusted_low, adjusted_close, adjusted_volume, price_factor, volume_factor
)
SELECT
    bar.symbol,
    bar.session_date,
    CAST(CAST(bar."open" AS DOUBLE PRECISION) * NVL(factor.price_factor, 1) AS DECIMAL(28, 13)) AS adjusted_open,
    CAST(CAST(bar.high AS DOUBLE PRECISION) * NVL(factor.price_factor, 1) AS DECIMAL(28, 13)) AS adjusted_high,
    CAST(CAST(bar.low AS DOUBLE PRECISION) * NVL(factor.price_factor, 1) AS DECIMAL(28, 13)) AS adjusted_low,
    CAST(CAST(bar.close AS DOUBLE PRECISION) * NVL(factor.price_factor, 1) AS DECIMAL(28, 13)) AS adjusted_close,
    CAST(ROUND(CAST(bar.volume AS DOUBLE PRECISION) * NVL(factor.volume_factor, 1)) AS BIGINT) AS adjusted_volume,
    NVL(factor.price_factor, 1) AS price_factor,
    NVL(factor.volume_factor, 1) AS volume_factor
FROM ${touched} AS chosen
INNER JOIN market.fact_daily_price AS bar
    ON bar.symbol = chosen.symbol
    AND bar.session_date = chosen.session_date
    AND bar.session_date BETWEEN ${first} AND ${last}
LEFT JOIN market.adjustment_factor AS factor
    ON factor.symbol = bar.symbol
    AND factor.applies_from <= bar.session_date
    AND factor.session_date > bar.session_date;
