-- Reads the one file the manifest names into the staging table. Parquet goes by position, so the columns are named in the file's order.
-- Grain: one row for each row of the file.
-- Key: none.
-- Limits: bucket and workgroup must be in one region; COPY takes no bound values.
COPY ${stage} (
    ${columns}
)
FROM ${manifest}
IAM_ROLE ${role}
FORMAT AS PARQUET
MANIFEST;
