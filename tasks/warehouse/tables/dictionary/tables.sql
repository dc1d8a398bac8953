-- Every table and view with its comment.
-- Grain: one row for each table or view.
-- Key: table_schema, table_name.
-- Limits: sees only what the session's user may see.
SELECT table_schema, table_name, table_type, remarks
FROM svv_tables
WHERE table_schema IN ('market', 'ops')
ORDER BY table_schema, table_name;
