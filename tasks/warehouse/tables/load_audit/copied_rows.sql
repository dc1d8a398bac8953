-- The rows of the session's last COPY. A leader-node function: it may stand in no query that reads a table.
-- Grain: one row.
-- Key: none.
-- Limits: keeps the former COPY's number where a COPY failed on syntax or rights; 0 over the Data API.
SELECT pg_last_copy_count();
