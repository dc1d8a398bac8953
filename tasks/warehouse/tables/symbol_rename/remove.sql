-- Removes all renames, before those of the file are written in the same transaction.
-- Grain: all rows.
-- Key: none.
-- Limits: no TRUNCATE, which would commit.
DELETE FROM market.symbol_rename;
