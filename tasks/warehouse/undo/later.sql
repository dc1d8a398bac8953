-- The later loads that changed what a load wrote, with how many of its rows and an example.
-- Grain: one row for each such run, ten at most.
-- Key: run_id.
-- Limits: a value that was changed away and back again counts, too.
SELECT changed.run_id, COUNT(*) AS changed_rows, MIN(${example(changed)}) AS example
FROM ${stage} AS staged
INNER JOIN ${revision} AS changed
    ON ${match(changed, staged)}
    AND changed.capture_key = staged.capture_key
    AND changed.observed_at = staged.observed_at
    AND changed.row_hash = staged.row_hash
WHERE changed.run_id <> %s
GROUP BY changed.run_id
ORDER BY changed.run_id
LIMIT 10;
