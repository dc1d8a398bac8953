-- Says in the audit what retention removed of one table; before COMMIT, like the row of a load.
-- Grain: one row for each table that lost rows.
-- Key: manifest_sha256, here a digest of table, date and load_id.
-- Limits: whole seconds. SYSDATE is the start of the transaction, GETDATE that of the statement.
INSERT INTO ops.load_audit (
    manifest_sha256, load_id, run_id, dataset, table_name, manifest_uri, file_uri, file_sha256, file_bytes, rows_staged, rows_new,
    rows_changed, rows_unchanged, started_at, finished_at, rows_removed, removed_before
)
VALUES (%s, %s, %s, 'retention', %s, '', '', '', 0, 0, 0, 0, 0, DATE_TRUNC('second', SYSDATE), GETDATE(), %s, CAST(%s AS DATE));
