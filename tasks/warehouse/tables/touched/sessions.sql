-- The bars whose marts are computed anew.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: gone with the session.
CREATE TEMP TABLE ${touched} (symbol VARCHAR(32) NOT NULL, session_date DATE NOT NULL);
