-- Writes the rows that were computed anew and are new or different.
-- Grain: one row for each ${key}.
-- Key: ${key}.
-- Limits: the load holds the marts' turn, so no other writes them meanwhile.
MERGE INTO ${table}
USING ${stage} AS changes
ON ${match(changes)}
WHEN MATCHED THEN UPDATE SET
    ${assignments(changes)}
WHEN NOT MATCHED THEN INSERT (
    ${columns}
)
VALUES (
    ${columns(changes)}
);
