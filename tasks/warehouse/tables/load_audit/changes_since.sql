-- The loads, undos and removals that changed a table since a moment, in the order of committing: the table's turn lets one commit after the other.
-- Grain: one row for each that wrote or removed a row.
-- Key: load_id.
-- Limits: whole seconds, so that what is known of the moment itself comes again.
SELECT load_id, run_id, finished_at, removed_before, (rows_removed > 0 AND removed_before IS NULL) AS is_undo
FROM ops.load_audit
WHERE table_name = %s AND finished_at >= %s AND rows_new + rows_changed + rows_removed > 0
ORDER BY finished_at, load_id;
