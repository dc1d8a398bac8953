-- Keeps the values that MERGE is about to overwrite; runs before it, in the same transaction.
-- Grain: one row for each changed bar of the delta.
-- Key: symbol, session_date, superseded_at.
-- Limits: none.
INSERT INTO market.fact_daily_price_revision (
    symbol, session_date, "open", high, low, close, volume, row_hash, observed_at, capture_key, superseded_at, superseded_by, run_id,
    loaded_at
)
SELECT
    held.symbol,
    held.session_date,
    held."open",
    held.high,
    held.low,
    held.close,
    held.volume,
    held.row_hash,
    held.observed_at,
    held.capture_key,
    changes.observed_at AS superseded_at,
    changes.capture_key AS superseded_by,
    changes.run_id,
    changes.loaded_at
FROM ${delta} AS changes
INNER JOIN market.fact_daily_price AS held ON held.symbol = changes.symbol AND held.session_date = changes.session_date
WHERE NOT changes.is_new;
