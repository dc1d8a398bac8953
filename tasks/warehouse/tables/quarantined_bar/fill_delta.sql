-- Of each identity the first observation of the stage, where the table does not have it.
-- Grain: one row for each new identity.
-- Key: identity.
-- Limits: a known bar is left as it stands, released or not, whatever capture delivers it again.
INSERT INTO ${delta} (
    "identity", dataset, symbol, session_text, received, reasons, observed_at, capture_key, run_id, recorded_at
)
SELECT
    first_seen."identity",
    first_seen.dataset,
    first_seen.symbol,
    first_seen.session_text,
    first_seen.received,
    first_seen.reasons,
    first_seen.observed_at,
    first_seen.capture_key,
    CAST(%s AS VARCHAR(64)) AS run_id,
    GETDATE() AS recorded_at
FROM (
    SELECT "identity", dataset, symbol, session_text, received, reasons, observed_at, capture_key
    FROM ${stage} AS staged
    QUALIFY ROW_NUMBER() OVER (PARTITION BY "identity" ORDER BY observed_at, capture_key) = 1
) AS first_seen
LEFT JOIN ops.quarantined_bar AS held
    ON held."identity" = first_seen."identity"
    AND held.session_text BETWEEN CAST(%s AS VARCHAR(256)) AND CAST(%s AS VARCHAR(256))
WHERE held."identity" IS NULL;
