-- Keeps the values that MERGE is about to overwrite; runs before it, in the same transaction.
-- Grain: one row for each changed row of the delta.
-- Key: ${key}, superseded_at.
-- Limits: only the load's own dates are read.
INSERT INTO ${revision} (
    ${columns}, superseded_at, superseded_by, run_id, loaded_at
)
SELECT
    ${columns(held)},
    changes.observed_at AS superseded_at,
    changes.capture_key AS superseded_by,
    changes.run_id,
    changes.loaded_at
FROM ${delta} AS changes
INNER JOIN ${table} AS held
    ON ${match(held, changes)}
WHERE NOT changes.is_new;
