-- Reads the one file the manifest names into the stage. Parquet goes by position, so the columns are named in the file's order.
-- Grain: one row for each row of the file.
-- Key: none.
-- Limits: bucket and workgroup must be in one region; COPY takes no bound values.
COPY ${stage} (
    symbol, session_date, "open", high, low, price, volume, previous_close, change, row_hash, observed_at, capture_key
)
FROM ${manifest}
IAM_ROLE ${role}
FORMAT AS PARQUET
MANIFEST;
