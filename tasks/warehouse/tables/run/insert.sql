-- Writes one attempt.
-- Grain: one row for each attempt.
-- Key: run_id and recorded_at.
-- Limits: the error arrives shortened to the column's bytes (tasks/warehouse/runs.py).
INSERT INTO ops.run (
    run_id, flow, source, status, as_of, started_at, finished_at, symbols_asked, symbols_landed, rows_parsed, rows_deferred,
    rows_quarantined, rows_curated, rows_new, rows_changed, rows_unchanged, error
)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s);
