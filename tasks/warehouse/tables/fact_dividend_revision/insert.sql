-- Keeps the values that MERGE is about to overwrite; runs before it, in the same transaction.
-- Grain: one row for each changed row of the delta.
-- Key: symbol, ex_date, superseded_at.
-- Limits: none.
INSERT INTO market.fact_dividend_revision (
    symbol, ex_date, amount, declaration_date, record_date, payment_date, row_hash, observed_at, capture_key, superseded_at,
    superseded_by, run_id, loaded_at
)
SELECT
    held.symbol,
    held.ex_date,
    held.amount,
    held.declaration_date,
    held.record_date,
    held.payment_date,
    held.row_hash,
    held.observed_at,
    held.capture_key,
    changes.observed_at AS superseded_at,
    changes.capture_key AS superseded_by,
    changes.run_id,
    changes.loaded_at
FROM ${delta} AS changes
INNER JOIN market.fact_dividend AS held ON held.symbol = changes.symbol AND held.ex_date = changes.ex_date
WHERE NOT changes.is_new;
