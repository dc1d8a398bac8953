-- The loads of a run, or all of them, newest first, a hundred at most; and by which undo each was taken back, if it was.
-- Grain: one row for each loaded manifest.
-- Key: manifest_uri.
-- Limits: quarantined rows are no load of market data; finished_at has whole seconds.
SELECT loaded.run_id, loaded.dataset, loaded.manifest_uri, loaded.rows_new, loaded.rows_changed, loaded.finished_at, undone.run_id AS undone_by
FROM ops.load_audit AS loaded
LEFT JOIN ops.load_audit AS undone ON undone.dataset = 'undo' AND undone.file_uri = loaded.manifest_uri
WHERE LEFT(loaded.table_name, 7) = 'market.'
    AND loaded.file_uri <> ''
    AND loaded.dataset <> 'undo'
    AND (loaded.run_id = %s OR %s = '')
ORDER BY loaded.finished_at DESC, loaded.run_id DESC, loaded.dataset
LIMIT 100;
