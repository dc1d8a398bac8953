-- Removes from a table what lies before the first session that is kept.
-- Grain: none.
-- Key: none.
-- Limits: DELETE, not TRUNCATE, which would commit halfway; raw captures and curated files are not touched. A week or a month that the removal
--   cuts in two is made anew of what is left.
DELETE FROM ${table} WHERE ${date} < CAST(%s AS DATE);
