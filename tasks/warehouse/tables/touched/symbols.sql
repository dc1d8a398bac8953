-- The symbols whose factors are computed anew, because they lost bars.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: gone with the session.
CREATE TEMP TABLE ${symbols} (symbol VARCHAR(32) NOT NULL);
