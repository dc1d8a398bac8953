-- What did the runs do, and how long did they keep the warehouse awake? A contact is billed as a minute at least.
-- Needs: a run that reached the warehouse; one that was up to date does not.
-- Empty: no run has loaded yet.
SELECT run.run_id, run.flow, run.status, run.started_at, DATEDIFF(second, run.started_at, run.finished_at) AS seconds,
    run.symbols_landed, run.rows_new, run.rows_changed, run.rows_quarantined,
    CASE WHEN COUNT(audit.run_id) > 0 THEN GREATEST(60, DATEDIFF(second, MIN(audit.started_at), MAX(audit.finished_at))) END AS billed_seconds_at_least, run.error
FROM ops.run AS run
LEFT JOIN ops.load_audit AS audit ON audit.run_id = run.run_id
GROUP BY run.run_id, run.flow, run.status, run.started_at, run.finished_at, run.symbols_landed, run.rows_new, run.rows_changed,
    run.rows_quarantined, run.error
ORDER BY run.started_at DESC
LIMIT 100;
