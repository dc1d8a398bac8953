-- How fresh what we hold of every symbol is.
-- Grain: one row for each symbol that has a bar.
-- Key: symbol.
-- Limits: counts the sessions of XNYS that closed at least four hours ago; a symbol of another exchange may seem a holiday behind.
CREATE VIEW ops.freshness AS
SELECT
    held.symbol,
    held.last_session,
    held.bars,
    held.last_observed_at,
    held.last_loaded_at,
    COUNT(due.session_date) AS sessions_behind
FROM (
    SELECT symbol, MAX(session_date) AS last_session, COUNT(*) AS bars, MAX(observed_at) AS last_observed_at, MAX(loaded_at) AS last_loaded_at
    FROM market.fact_daily_price
    GROUP BY symbol
) AS held
LEFT JOIN market.dim_session AS due
    ON due.exchange = 'XNYS'
    AND due.session_date > held.last_session
    AND due.closes_at <= DATEADD(hour, -4, GETDATE())
GROUP BY held.symbol, held.last_session, held.bars, held.last_observed_at, held.last_loaded_at;

COMMENT ON VIEW ops.freshness IS 'How fresh what we hold of every symbol is.';
COMMENT ON COLUMN ops.freshness.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN ops.freshness.last_session IS 'The newest session held.';
COMMENT ON COLUMN ops.freshness.bars IS 'How many sessions are held.';
COMMENT ON COLUMN ops.freshness.last_observed_at IS 'When the newest values were observed, UTC.';
COMMENT ON COLUMN ops.freshness.last_loaded_at IS 'When a bar was written last, UTC.';
COMMENT ON COLUMN ops.freshness.sessions_behind IS 'Final sessions of XNYS after the newest one held.';
