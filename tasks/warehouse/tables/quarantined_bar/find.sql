-- Quarantined bars by run, symbol and reason, newest first; an empty text leaves its condition out.
-- Grain: one row for each identity.
-- Key: identity.
-- Limits: the reason is a part of its text. Ten thousand at most.
SELECT
    "identity",
    dataset,
    symbol,
    session_text,
    received,
    reasons,
    observed_at,
    capture_key,
    run_id,
    released_at,
    released_by,
    release_note,
    release_run_id
FROM ops.quarantined_bar
WHERE (CAST(%s AS VARCHAR(64)) = '' OR run_id = CAST(%s AS VARCHAR(64)))
    AND (CAST(%s AS VARCHAR(256)) = '' OR symbol = CAST(%s AS VARCHAR(256)))
    AND (CAST(%s AS VARCHAR(256)) = '' OR STRPOS(reasons, CAST(%s AS VARCHAR(256))) > 0)
ORDER BY recorded_at DESC, symbol, session_text DESC, "identity"
LIMIT 10000;
