-- Writes the rows of one year as one sorted Parquet file; the table itself is not changed.
-- Grain: one file.
-- Key: ${key}.
-- Limits: PARALLEL OFF and ORDER BY give one sorted file, of at most 5 GB, which is the most that S3 copies in one request. Without
--   ENCRYPTED AUTO the file would lie under S3's own key, not the bucket's (https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html).
UNLOAD ($$
    SELECT
        ${columns(held)}, held.run_id, held.loaded_at
    FROM ${table} AS held
    WHERE ${within(held)}
    ORDER BY ${key(held)}
$$)
TO ${files}
IAM_ROLE ${role}
FORMAT AS PARQUET
ENCRYPTED AUTO
PARALLEL OFF
ALLOWOVERWRITE
MAXFILESIZE 5 GB;
