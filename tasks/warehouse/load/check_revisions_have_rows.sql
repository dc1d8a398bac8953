-- Check: block. No revision is an orphan: its ${row} stands in the table with other values.
-- Counts the revisions of the changed symbols, between the first and the last date of the load, whose row is gone.
-- Grain: one row.
-- Key: none.
-- Limits: others had no revision written by this load.
SELECT COUNT(*) AS violations, MIN(${example(former)}) AS example
FROM ${revision} AS former
LEFT JOIN ${table} AS held
    ON ${match(held, former)}
WHERE ${within(former)}
    AND former.symbol IN (SELECT changes.symbol FROM ${delta} AS changes WHERE NOT changes.is_new)
    AND held.symbol IS NULL;
