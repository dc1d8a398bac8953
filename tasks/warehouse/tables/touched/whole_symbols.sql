-- Every bar of the symbols that are computed anew as a whole.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: symbols of which only some sessions are touched are added by the table's own touched_sessions.sql.
INSERT INTO ${touched} (symbol, session_date)
SELECT held.symbol, held.session_date
FROM market.fact_daily_price AS held
INNER JOIN ${symbols} AS chosen ON chosen.symbol = held.symbol;
