-- Says in the audit that a load was undone; before COMMIT, like the row of a load.
-- Grain: one row for each undone load.
-- Key: manifest_sha256, here the digest of the record in the lake that says who undid it and why; manifest_uri is that record.
-- Limits: file_uri is the undone load's manifest. rows_removed are rows that it had added, rows_changed those whose former values stand
--   again; rows_new and rows_staged are 0, so that sums over the audit stay those of the table.
INSERT INTO ops.load_audit (
    manifest_sha256, load_id, run_id, dataset, table_name, manifest_uri, file_uri, file_sha256, file_bytes, rows_staged, rows_new,
    rows_changed, rows_unchanged, started_at, finished_at, rows_removed
)
VALUES (%s, %s, %s, 'undo', %s, %s, %s, '', 0, 0, 0, %s, 0, DATE_TRUNC('second', SYSDATE), GETDATE(), %s);
