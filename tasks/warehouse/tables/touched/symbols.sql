-- The symbols whose adjusted series is computed anew as a whole, because one of their events is.
-- Grain: one row for each such symbol.
-- Key: symbol.
-- Limits: gone with the session.
CREATE TEMP TABLE ${symbols} (symbol VARCHAR(32) NOT NULL);
