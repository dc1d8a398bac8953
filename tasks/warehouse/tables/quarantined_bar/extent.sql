-- How much is staged and which sessions it spans, so that only their blocks of the table are read.
-- Grain: one row.
-- Key: none.
-- Limits: the sessions are texts, and null where nothing is staged.
SELECT COUNT(*), MIN(session_text), MAX(session_text) FROM ${stage};
