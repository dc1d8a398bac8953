-- The years of which loads since a moment wrote rows, those of one run aside.
-- Grain: one row for each year.
-- Key: year.
-- Limits: reads two columns of the whole table; sent only where another run's load has not reached the lake's files.
SELECT CAST(EXTRACT(YEAR FROM ${date(held)}) AS INTEGER) AS session_year
FROM ${table} AS held
WHERE held.run_id IN (SELECT run_id FROM ops.load_audit WHERE table_name = %s AND finished_at >= %s)
    AND held.run_id <> %s
GROUP BY 1
ORDER BY 1;
