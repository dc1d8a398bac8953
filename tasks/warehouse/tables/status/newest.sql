-- The newest date of every symbol in a table.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: reads the whole table; for a person who asks, not for a load.
SELECT symbol, MAX(${date}) AS newest FROM ${table} GROUP BY symbol;
