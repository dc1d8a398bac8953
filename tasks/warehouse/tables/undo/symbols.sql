-- The symbols of which rows were taken back: their factors and marts are made anew.
-- Grain: one row for each such symbol.
-- Key: symbol.
-- Limits: gone with the session.
CREATE TEMP TABLE ${symbols} AS SELECT DISTINCT symbol FROM ${delta};
