-- Removes the rows of a mart before they are made anew.
-- Grain: none.
-- Key: none.
-- Limits: DELETE, not TRUNCATE, which would commit halfway.
DELETE FROM ${table} WHERE symbol IN (SELECT symbol FROM ${symbols});
