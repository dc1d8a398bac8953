-- Check: block. Every staged ${row} has its key in the table, at least as new or with equal values.
-- Counts the staged rows that were neither written nor answered for: staged = new + changed + unchanged, counted in the table itself.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(${example(staged)}) AS example
FROM ${stage} AS staged
LEFT JOIN ${table} AS held
    ON ${match(held, staged)}
WHERE held.symbol IS NULL
    OR (
        held.row_hash <> staged.row_hash
        AND held.observed_at < staged.observed_at
        AND (
            ${differs(held, staged)}
        )
    );
