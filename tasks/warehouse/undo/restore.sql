-- Gives every changed ${row} its former values back.
-- Grain: one row for each ${row} that the load had changed.
-- Key: ${key}.
-- Limits: who had written the former values is not kept, so the row bears the undo's run.
UPDATE ${table}
SET
    ${assignments(former)},
    run_id = %s,
    loaded_at = GETDATE()
FROM ${revision} AS former
INNER JOIN ${delta} AS undone
    ON ${match(former, undone)}
WHERE NOT undone.is_new
    AND ${match(table, former)}
    AND former.superseded_at = ${table}.observed_at
    AND former.superseded_by = ${table}.capture_key;
