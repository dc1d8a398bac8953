-- How many bars each run quarantined first, newest run first.
-- Grain: one row for each run and dataset.
-- Key: run_id, dataset.
-- Limits: the newest hundred; a run that met only known bars is absent.
SELECT
    run_id,
    dataset,
    COUNT(*) AS bars,
    COUNT(DISTINCT symbol) AS symbols,
    COUNT(released_at) AS released
FROM ops.quarantined_bar
GROUP BY run_id, dataset
ORDER BY MAX(recorded_at) DESC, run_id DESC
LIMIT 100;
