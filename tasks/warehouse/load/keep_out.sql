-- Takes one symbol's rows out of the staging table, so that nothing of them reaches the table.
-- Grain: one row for each ${key} of the symbol.
-- Key: ${key}.
-- Limits: the curated file keeps them.
DELETE FROM ${stage} WHERE symbol = %s;
