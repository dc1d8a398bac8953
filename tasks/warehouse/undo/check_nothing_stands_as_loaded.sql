-- Check: block. After an undo no ${row} stands as the load wrote it.
-- Counts those that do.
-- Grain: one row.
-- Key: none.
-- Limits: before COMMIT.
SELECT COUNT(*) AS violations, MIN(${example(undone)}) AS example
FROM ${delta} AS undone
INNER JOIN ${stage} AS staged
    ON ${match(staged, undone)}
INNER JOIN ${table} AS held
    ON ${match(held, undone)}
WHERE held.capture_key = staged.capture_key AND held.observed_at = staged.observed_at;
