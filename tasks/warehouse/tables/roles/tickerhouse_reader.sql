-- Makes the role of those who read.
-- Grain: none.
-- Key: none.
-- Limits: Redshift has no IF NOT EXISTS for roles; known.sql is asked before.
CREATE ROLE tickerhouse_reader;
