-- The rows of the session's last UNLOAD. A leader-node function, as pg_last_copy_count.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT pg_last_unload_count();
