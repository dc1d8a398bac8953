-- Writes the delta; the only statement of a load that writes the table, so that it is locked once.
-- Grain: one row for each symbol and ex-dividend date.
-- Key: symbol, ex_date.
-- Limits: MERGE would insert an unmatched key as often as the source has it, and rewrite unchanged rows; the delta has neither.
MERGE INTO market.fact_dividend
USING ${delta} AS changes
ON market.fact_dividend.symbol = changes.symbol AND market.fact_dividend.ex_date = changes.ex_date
WHEN MATCHED THEN UPDATE SET
    amount = changes.amount,
    declaration_date = changes.declaration_date,
    record_date = changes.record_date,
    payment_date = changes.payment_date,
    row_hash = changes.row_hash,
    observed_at = changes.observed_at,
    capture_key = changes.capture_key,
    run_id = changes.run_id,
    loaded_at = changes.loaded_at
WHEN NOT MATCHED THEN INSERT (
    symbol, ex_date, amount, declaration_date, record_date, payment_date, row_hash, observed_at, capture_key, run_id, loaded_at
)
VALUES (
    changes.symbol, changes.ex_date, changes.amount, changes.declaration_date, changes.record_date, changes.payment_date,
    changes.row_hash, changes.observed_at, changes.capture_key, changes.run_id, changes.loaded_at
);
