-- The rows that a load wrote and that still stand as it wrote them, and whether each was new; into a table of the form of a load's delta.
-- Grain: one row for each such ${row}.
-- Key: ${key}.
-- Limits: a row that an undo has restored bears the undo's run; it is known by where its values came from.
INSERT INTO ${delta} (
    ${columns}, run_id, loaded_at, is_new
)
SELECT
    ${columns(held)},
    held.run_id,
    held.loaded_at,
    (former.symbol IS NULL) AS is_new
FROM ${stage} AS staged
INNER JOIN ${table} AS held
    ON ${match(held, staged)}
    AND held.capture_key = staged.capture_key
    AND held.observed_at = staged.observed_at
    AND held.row_hash = staged.row_hash
LEFT JOIN ${revision} AS former
    ON ${match(former, held)}
    AND former.superseded_at = held.observed_at
    AND former.superseded_by = held.capture_key
WHERE held.run_id = %s OR held.run_id IN (SELECT undone.run_id FROM ops.load_audit AS undone WHERE undone.dataset = 'undo');
