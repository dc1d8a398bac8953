-- Every load that was committed and every removal by retention, oldest first: what a rebuild does again.
-- Grain: one row for each loaded manifest and for each removal, which the audit tells by table.
-- Key: manifest_uri; of a removal, run_id and removed_before.
-- Limits: only what is made again; quarantined bars stay as they are. The order is that of committing; finished_at has whole seconds, so run_id and dataset settle the rest.
SELECT dataset, run_id, manifest_uri, rows_staged, removed_before
FROM ops.load_audit
WHERE LEFT(table_name, 7) = 'market.'
GROUP BY dataset, run_id, manifest_uri, rows_staged, removed_before
ORDER BY MAX(finished_at), run_id, dataset;
