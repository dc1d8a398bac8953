-- Writes the delta. A plain INSERT, because what is known is left as it stands and MERGE demands something to do with it.
-- Grain: one row for each identity.
-- Key: identity; the delta holds none that the table has, and the table's turn keeps every other load away.
-- Limits: none.
INSERT INTO ops.quarantined_bar (
    "identity", dataset, symbol, session_text, received, reasons, observed_at, capture_key, run_id, recorded_at
)
SELECT "identity", dataset, symbol, session_text, received, reasons, observed_at, capture_key, run_id, recorded_at
FROM ${delta};
