-- What one removal did, where its COMMIT had happened and only the answer was lost.
-- Grain: one row for each table that lost rows.
-- Key: table_name.
-- Limits: none.
SELECT table_name, rows_removed FROM ops.load_audit WHERE load_id = %s ORDER BY table_name;
