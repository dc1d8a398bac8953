-- What is touched, and which sessions it spans, so that only their blocks of the tables are read.
-- Grain: one row.
-- Key: none.
-- Limits: the sessions are null where nothing is touched.
SELECT COUNT(*), MIN(session_date), MAX(session_date) FROM ${touched};
