-- The touched bars of all other symbols.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: gone with the session.
CREATE TEMP TABLE ${rewritten} AS
SELECT chosen.symbol, chosen.session_date
FROM ${touched} AS chosen
WHERE chosen.symbol NOT IN (SELECT symbol FROM ${following});
