-- What an undo of a load did, where one was committed.
-- Grain: one row for each undone load.
-- Key: file_uri, here the address of the undone load's manifest.
-- Limits: none.
SELECT run_id, rows_removed, rows_changed FROM ops.load_audit WHERE dataset = 'undo' AND file_uri = %s;
