-- Writes the delta; the only statement of a load that writes the table, so that it is locked once.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: MERGE would insert an unmatched key as often as the source has it, and rewrite unchanged rows; the delta has neither.
MERGE INTO market.fact_daily_price
USING ${delta} AS changes
ON market.fact_daily_price.symbol = changes.symbol AND market.fact_daily_price.session_date = changes.session_date
WHEN MATCHED THEN UPDATE SET
    "open" = changes."open",
    high = changes.high,
    low = changes.low,
    close = changes.close,
    volume = changes.volume,
    row_hash = changes.row_hash,
    observed_at = changes.observed_at,
    capture_key = changes.capture_key,
    run_id = changes.run_id,
    loaded_at = changes.loaded_at
WHEN NOT MATCHED THEN INSERT (
    symbol, session_date, "open", high, low, close, volume, row_hash, observed_at, capture_key, run_id, loaded_at
)
VALUES (
    changes.symbol, changes.session_date, changes."open", changes.high, changes.low, changes.close, changes.volume, changes.row_hash, changes.observed_at,
    changes.capture_key, changes.run_id, changes.loaded_at
);
