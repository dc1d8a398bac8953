-- Adds the bars whose factors are no longer those that they were adjusted by.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: reads whole symbols, because a factor reaches back to the first bar. Bars that are touched already are left out.
INSERT INTO ${touched} (symbol, session_date)
SELECT bar.symbol, bar.session_date
FROM market.fact_daily_price AS bar
INNER JOIN ${symbols} AS chosen ON chosen.symbol = bar.symbol
LEFT JOIN market.adjustment_factor AS factor
    ON factor.symbol = bar.symbol
    AND factor.applies_from <= bar.session_date
    AND factor.session_date > bar.session_date
LEFT JOIN market.daily_price_adjusted AS former ON former.symbol = bar.symbol AND former.session_date = bar.session_date
LEFT JOIN ${touched} AS known ON known.symbol = bar.symbol AND known.session_date = bar.session_date
WHERE known.symbol IS NULL
    AND (
        former.symbol IS NULL
        OR former.price_factor <> NVL(factor.price_factor, 1)
        OR former.volume_factor <> NVL(factor.volume_factor, 1)
    );
