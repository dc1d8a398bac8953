-- Holds the rows of a mart that are computed anew.
-- Grain: one row for each ${key}.
-- Key: ${key}.
-- Limits: gone with the session.
CREATE TEMP TABLE ${stage} (LIKE ${table});
