-- Of each key the newest observation of the stage, where the table has no quote, or an older one with other values.
-- Grain: one row for each symbol that is new or changed.
-- Key: symbol.
-- Limits: equal values are left as they stand, whenever they were observed.
INSERT INTO ${delta} (
    symbol, session_date, "open", high, low, price, volume, previous_close, change, row_hash, observed_at, capture_key, run_id,
    loaded_at, is_new
)
SELECT
    newest.symbol,
    newest.session_date,
    newest."open",
    newest.high,
    newest.low,
    newest.price,
    newest.volume,
    newest.previous_close,
    newest.change,
    newest.row_hash,
    newest.observed_at,
    newest.capture_key,
    CAST(%s AS VARCHAR(64)) AS run_id,
    GETDATE() AS loaded_at,
    (held.symbol IS NULL) AS is_new
FROM (
    SELECT
        symbol, session_date, "open", high, low, price, volume, previous_close, change, row_hash, observed_at, capture_key
    FROM ${stage} AS staged
    QUALIFY ROW_NUMBER() OVER (PARTITION BY symbol ORDER BY observed_at DESC, capture_key DESC, row_hash DESC) = 1
) AS newest
LEFT JOIN market.quote AS held
    ON held.symbol = newest.symbol
WHERE held.symbol IS NULL
    OR (held.row_hash <> newest.row_hash AND held.observed_at < newest.observed_at)
QUALIFY ROW_NUMBER() OVER (PARTITION BY newest.symbol ORDER BY held.observed_at DESC) = 1;
