-- Every bar that is left of the symbols of which rows were taken back.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: whole symbols, since an undo is rare and a factor reaches back to the first bar.
INSERT INTO ${touched} (symbol, session_date)
SELECT held.symbol, held.session_date
FROM market.fact_daily_price AS held
INNER JOIN ${symbols} AS chosen ON chosen.symbol = held.symbol;
