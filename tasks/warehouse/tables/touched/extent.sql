-- What is touched: how many bars, which sessions they span, how many symbols; and how many of these symbols have an adjusted bar in or after
-- their first touched session. The bars of the others only follow what is there, or are the first, so that they are inserted and not merged.
-- Also how many symbols' factors are to be computed anew, how far New York's sessions reach, and how many symbols have a suffix or prefix.
-- Grain: one row.
-- Key: none.
-- Limits: the sessions are null where nothing is touched. Adjusted bars before the first session of the load are not read.
SELECT
    NVL(SUM(reach.bars), 0) AS bars,
    MIN(reach.first_session) AS first_session,
    MAX(reach.last_session) AS last_session,
    COUNT(reach.symbol) AS symbols,
    COUNT(held.symbol) AS rewritten,
    (SELECT COUNT(*) FROM ${symbols}) AS with_new_factors,
    (SELECT MAX(known.session_date) FROM market.dim_session AS known WHERE known.exchange = %s) AS known_through,
    NVL(SUM(CASE WHEN STRPOS(reach.symbol, '.') + STRPOS(reach.symbol, ':') > 0 THEN 1 ELSE 0 END), 0) AS with_mark
FROM (
    SELECT symbol, COUNT(*) AS bars, MIN(session_date) AS first_session, MAX(session_date) AS last_session FROM ${touched} GROUP BY symbol
) AS reach
LEFT JOIN (
    SELECT symbol, MAX(session_date) AS last_session FROM market.daily_price_adjusted WHERE session_date >= ${first} GROUP BY symbol
) AS held
    ON held.symbol = reach.symbol AND held.last_session >= reach.first_session;
