-- Writes the audit row; the last statement before COMMIT.
-- Grain: one row for each loaded manifest.
-- Key: manifest_sha256, unique because the transaction looked for it while it held the table's turn.
-- Limits: whole seconds. SYSDATE is the start of the transaction, GETDATE that of the statement.
INSERT INTO ops.load_audit (
    manifest_sha256, load_id, run_id, dataset, table_name, manifest_uri, file_uri, file_sha256, file_bytes, rows_staged, rows_new,
    rows_changed, rows_unchanged, started_at, finished_at
)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, DATE_TRUNC('second', SYSDATE), GETDATE());
