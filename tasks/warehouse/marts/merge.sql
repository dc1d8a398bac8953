-- Writes the rows that were computed anew and are new or different.
-- Grain: one row for each ${key}.
-- Key: ${key}.
-- Limits: the load holds the marts' turn, so no other writes them meanwhile. A row lies at most 31 days before the touched bars, or 400
--   after them.
MERGE INTO ${table}
USING ${stage} AS changes
ON ${match(changes)}
    AND ${table}.${start} BETWEEN ${first} - 31 AND ${last} + 400
WHEN MATCHED THEN UPDATE SET
    ${assignments(changes)}
WHEN NOT MATCHED THEN INSERT (
    ${columns}
)
VALUES (
    ${columns(changes)}
);
