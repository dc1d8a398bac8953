-- The symbols with a new or changed event: their factors are computed anew.
-- Grain: one row for each such symbol.
-- Key: symbol.
-- Limits: gone with the session.
CREATE TEMP TABLE ${symbols} AS SELECT DISTINCT symbol FROM ${delta};
