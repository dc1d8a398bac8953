-- Empties a table before it is filled again from the lake.
-- Grain: none.
-- Key: none.
-- Limits: DELETE, not TRUNCATE, which would commit halfway.
DELETE FROM ${table};
