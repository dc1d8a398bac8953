-- Keeps the values that MERGE is about to overwrite; runs before it, in the same transaction.
-- Grain: one row for each changed row of the delta.
-- Key: symbol, effective_date, superseded_at.
-- Limits: none.
INSERT INTO market.fact_split_revision (
    symbol, effective_date, split_factor, row_hash, observed_at, capture_key, superseded_at, superseded_by, run_id, loaded_at
)
SELECT
    held.symbol,
    held.effective_date,
    held.split_factor,
    held.row_hash,
    held.observed_at,
    held.capture_key,
    changes.observed_at AS superseded_at,
    changes.capture_key AS superseded_by,
    changes.run_id,
    changes.loaded_at
FROM ${delta} AS changes
INNER JOIN market.fact_split AS held ON held.symbol = changes.symbol AND held.effective_date = changes.effective_date
WHERE NOT changes.is_new;
