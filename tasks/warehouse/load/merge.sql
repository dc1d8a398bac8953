-- Writes the delta; the only statement of a load that writes the table, so that it is locked once.
-- Grain: one row for each key.
-- Key: ${key}.
-- Limits: MERGE would insert an unmatched key as often as the source has it, and rewrite unchanged rows; the delta has neither. A target
--   takes no alias. A predicate on the target alone stands in ON, where dbt-redshift puts its incremental_predicates, too.
MERGE INTO ${table}
USING ${delta} AS changes
ON ${match(table, changes)}
WHEN MATCHED THEN UPDATE SET
    ${assignments(changes)},
    run_id = changes.run_id,
    loaded_at = changes.loaded_at
WHEN NOT MATCHED THEN INSERT (
    ${columns}, run_id, loaded_at
)
VALUES (
    ${columns(changes)}, changes.run_id, changes.loaded_at
);
