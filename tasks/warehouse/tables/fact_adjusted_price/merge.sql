-- Writes the delta; the only statement of a load that writes the table, so that it is locked once.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: MERGE would insert an unmatched key as often as the source has it, and rewrite unchanged rows; the delta has neither.
MERGE INTO market.fact_adjusted_price
USING ${delta} AS changes
ON market.fact_adjusted_price.symbol = changes.symbol AND market.fact_adjusted_price.session_date = changes.session_date
WHEN MATCHED THEN UPDATE SET
    close = changes.close,
    adjusted_close = changes.adjusted_close,
    dividend_amount = changes.dividend_amount,
    split_coefficient = changes.split_coefficient,
    row_hash = changes.row_hash,
    observed_at = changes.observed_at,
    capture_key = changes.capture_key,
    run_id = changes.run_id,
    loaded_at = changes.loaded_at
WHEN NOT MATCHED THEN INSERT (
    symbol, session_date, close, adjusted_close, dividend_amount, split_coefficient, row_hash, observed_at, capture_key, run_id,
    loaded_at
)
VALUES (
    changes.symbol, changes.session_date, changes.close, changes.adjusted_close, changes.dividend_amount, changes.split_coefficient,
    changes.row_hash, changes.observed_at, changes.capture_key, changes.run_id, changes.loaded_at
);
