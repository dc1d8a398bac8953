-- Of each key the newest observation of the stage, where the table has no adjusted bar, or an older one with other values.
-- Grain: one row for each symbol and session that is new or changed.
-- Key: symbol, session_date.
-- Limits: equal values are left as they stand, whenever they were observed.
INSERT INTO ${delta} (
    symbol, session_date, close, adjusted_close, dividend_amount, split_coefficient, row_hash, observed_at, capture_key, run_id,
    loaded_at, is_new
)
SELECT
    newest.symbol,
    newest.session_date,
    newest.close,
    newest.adjusted_close,
    newest.dividend_amount,
    newest.split_coefficient,
    newest.row_hash,
    newest.observed_at,
    newest.capture_key,
    CAST(%s AS VARCHAR(64)) AS run_id,
    GETDATE() AS loaded_at,
    (held.symbol IS NULL) AS is_new
FROM (
    SELECT
        symbol, session_date, close, adjusted_close, dividend_amount, split_coefficient, row_hash, observed_at, capture_key
    FROM ${stage} AS staged
    QUALIFY ROW_NUMBER() OVER (PARTITION BY symbol, session_date ORDER BY observed_at DESC, capture_key DESC, row_hash DESC) = 1
) AS newest
LEFT JOIN market.fact_adjusted_price AS held
    ON held.symbol = newest.symbol
    AND held.session_date = newest.session_date
    AND held.session_date BETWEEN CAST(%s AS DATE) AND CAST(%s AS DATE)
WHERE held.symbol IS NULL
    OR (held.row_hash <> newest.row_hash AND held.observed_at < newest.observed_at)
QUALIFY ROW_NUMBER() OVER (PARTITION BY newest.symbol, newest.session_date ORDER BY held.observed_at DESC) = 1;
