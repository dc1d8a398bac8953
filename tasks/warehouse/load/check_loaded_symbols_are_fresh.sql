-- Check: warn. Every loaded symbol has ${a_row} of the last seven days before the newest session of the load.
-- Counts the loaded symbols whose newest row is older.
-- Grain: one row.
-- Key: none.
-- Limits: days, not sessions, so that no calendar is needed; a symbol whose trading is halted for longer is told in every run. Rows before
--   the load's first date need no look, because every loaded symbol has one that is not.
SELECT COUNT(*) AS violations, MIN(behind.symbol || ' ' || CAST(behind.last_date AS VARCHAR(10))) AS example
FROM (
    SELECT held.symbol, MAX(${date(held)}) AS last_date
    FROM ${table} AS held
    WHERE ${since(held)}
        AND held.symbol IN (SELECT staged.symbol FROM ${stage} AS staged)
    GROUP BY held.symbol
) AS behind
WHERE behind.last_date < DATEADD(day, -7, (SELECT MAX(${date(staged)}) FROM ${stage} AS staged));
