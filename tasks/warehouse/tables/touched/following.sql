-- The touched bars of symbols that have no adjusted bar in or after their first touched session.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: gone with the session.
CREATE TEMP TABLE ${following} AS
SELECT chosen.symbol, chosen.session_date
FROM ${touched} AS chosen
INNER JOIN (SELECT symbol, MIN(session_date) AS first_session FROM ${touched} GROUP BY symbol) AS reach ON reach.symbol = chosen.symbol
LEFT JOIN (
    SELECT symbol, MAX(session_date) AS last_session FROM market.daily_price_adjusted WHERE session_date >= ${first} GROUP BY symbol
) AS held
    ON held.symbol = reach.symbol AND held.last_session >= reach.first_session
WHERE held.symbol IS NULL;
