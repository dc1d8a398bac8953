-- The new and changed bars, before those of changed factors are added to them.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: none.
INSERT INTO ${touched} (symbol, session_date) SELECT changes.symbol, changes.session_date FROM ${delta} AS changes;
