-- The session's number, to find the load errors of a COPY whose message does not name its query. A leader-node function.
-- Grain: one row.
-- Key: none.
-- Limits: numbers are used again after a session ended.
SELECT pg_backend_pid();
