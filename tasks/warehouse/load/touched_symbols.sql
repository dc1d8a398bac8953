-- The symbols with a new or changed event: their adjusted series is computed anew as a whole.
-- Grain: one row for each such symbol.
-- Key: symbol.
-- Limits: none.
INSERT INTO ${symbols} (symbol) SELECT DISTINCT symbol FROM ${delta};
