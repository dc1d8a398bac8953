-- How many symbols' factors are computed anew.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS symbols FROM ${symbols};
