-- Whether the record of migrations is there at all.
-- Grain: one row.
-- Key: none.
-- Limits: sees only what the session's user may see.
SELECT COUNT(*) FROM svv_tables WHERE table_schema = 'ops' AND table_name = 'migration';
