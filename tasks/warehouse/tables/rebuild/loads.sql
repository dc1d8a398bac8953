-- Every load that was committed, oldest first: what a rebuild loads again.
-- Grain: one row for each loaded manifest.
-- Key: manifest_sha256.
-- Limits: only what is made again; held-back bars stay as they are. The order is that of committing; finished_at has whole seconds, so run_id and dataset settle the rest.
SELECT dataset, run_id, manifest_uri, rows_staged FROM ops.load_audit WHERE LEFT(table_name, 7) = 'market.' ORDER BY finished_at, run_id, dataset;
