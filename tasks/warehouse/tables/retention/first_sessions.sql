-- The first bar that is left of every symbol that lost bars: its week, its month and the averages of the 199 after it stood on bars that
-- are gone.
-- Grain: one row for each such symbol.
-- Key: symbol.
-- Limits: after the removal; a symbol without a bar left is absent.
INSERT INTO ${touched} (symbol, session_date)
SELECT held.symbol, MIN(held.session_date) AS session_date
FROM market.fact_daily_price AS held
INNER JOIN ${symbols} AS chosen ON chosen.symbol = held.symbol
GROUP BY held.symbol;
