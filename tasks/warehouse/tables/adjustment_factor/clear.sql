-- Removes the factors of the symbols that are computed anew; an event that moved to another session would leave its old row behind.
-- Grain: one row for each symbol and session on which an event takes effect.
-- Key: symbol, session_date.
-- Limits: followed by fill.sql in the same transaction.
DELETE FROM market.adjustment_factor WHERE symbol IN (SELECT symbol FROM ${symbols});
