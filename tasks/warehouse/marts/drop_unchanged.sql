-- Takes rows out of the stage that stand in the mart with the same values, so that MERGE writes no row that did not change.
-- Grain: one row for each ${key}.
-- Key: ${key}.
-- Limits: arrays are compared as they are written. A row lies at most 31 days before the touched bars, or 400 after them.
DELETE FROM ${stage}
USING ${table}
WHERE ${match}
    AND ${table}.${start} BETWEEN ${first} - 31 AND ${last} + 400
    AND ${same};
