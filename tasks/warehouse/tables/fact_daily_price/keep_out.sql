-- Takes one symbol's rows out of the staging table, so that nothing of them reaches the table.
-- Grain: one row for each session of the symbol.
-- Key: symbol, session_date.
-- Limits: the curated file keeps them.
DELETE FROM ${stage} WHERE symbol = %s;
