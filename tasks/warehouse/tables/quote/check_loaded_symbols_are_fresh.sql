-- Check: warn. Every loaded quote is of the last seven days before the newest session of the load.
-- Counts the quotes that are older.
-- Grain: one row.
-- Key: none.
-- Limits: days, not sessions, so that no calendar is needed; a symbol whose trading is halted for longer is told in every run.
SELECT COUNT(*) AS violations, MIN(staged.symbol || ' ' || CAST(staged.session_date AS VARCHAR(10))) AS example
FROM ${stage} AS staged
WHERE staged.session_date < DATEADD(day, -7, (SELECT MAX(newest.session_date) FROM ${stage} AS newest));
