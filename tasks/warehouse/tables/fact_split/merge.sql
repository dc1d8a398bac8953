-- Writes the delta; the only statement of a load that writes the table, so that it is locked once.
-- Grain: one row for each symbol and effective date.
-- Key: symbol, effective_date.
-- Limits: MERGE would insert an unmatched key as often as the source has it, and rewrite unchanged rows; the delta has neither.
MERGE INTO market.fact_split
USING ${delta} AS changes
ON market.fact_split.symbol = changes.symbol AND market.fact_split.effective_date = changes.effective_date
WHEN MATCHED THEN UPDATE SET
    split_factor = changes.split_factor,
    row_hash = changes.row_hash,
    observed_at = changes.observed_at,
    capture_key = changes.capture_key,
    run_id = changes.run_id,
    loaded_at = changes.loaded_at
WHEN NOT MATCHED THEN INSERT (
    symbol, effective_date, split_factor, row_hash, observed_at, capture_key, run_id, loaded_at
)
VALUES (
    changes.symbol, changes.effective_date, changes.split_factor, changes.row_hash, changes.observed_at, changes.capture_key,
    changes.run_id, changes.loaded_at
);
