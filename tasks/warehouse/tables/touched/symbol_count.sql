-- How many symbols are computed anew as a whole.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) FROM ${symbols};
