-- Empties ops.load_audit of the loads that are repeated, before it is filled again from the lake.
-- Grain: none.
-- Key: none.
-- Limits: DELETE, not TRUNCATE, which would commit halfway.
DELETE FROM ops.load_audit WHERE LEFT(table_name, 7) = 'market.';
