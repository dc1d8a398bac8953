-- Writes the delta; the only statement of a load that writes the table, so that it is locked once.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: MERGE would insert an unmatched key as often as the source has it, and rewrite unchanged rows; the delta has neither.
MERGE INTO market.quote
USING ${delta} AS changes
ON market.quote.symbol = changes.symbol
WHEN MATCHED THEN UPDATE SET
    session_date = changes.session_date,
    "open" = changes."open",
    high = changes.high,
    low = changes.low,
    price = changes.price,
    volume = changes.volume,
    previous_close = changes.previous_close,
    change = changes.change,
    row_hash = changes.row_hash,
    observed_at = changes.observed_at,
    capture_key = changes.capture_key,
    run_id = changes.run_id,
    loaded_at = changes.loaded_at
WHEN NOT MATCHED THEN INSERT (
    symbol, session_date, "open", high, low, price, volume, previous_close, change, row_hash, observed_at, capture_key, run_id,
    loaded_at
)
VALUES (
    changes.symbol, changes.session_date, changes."open", changes.high, changes.low, changes.price, changes.volume,
    changes.previous_close, changes.change, changes.row_hash, changes.observed_at, changes.capture_key, changes.run_id,
    changes.loaded_at
);
