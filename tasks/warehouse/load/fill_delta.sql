-- Of each key the newest observation that is staged, where the table has no row, or an older one with other values.
-- Grain: one row for each key that is new or changed.
-- Key: ${key}; also where the table has a key twice, so that check.sql can name it.
-- Limits: equal values are left as they stand, whenever they were observed, also where an earlier release hashed them
--   otherwise; a value that a newer observation lacks stays as it was known. Two different bodies observed at one moment are a
--   tie, which the row in the table wins, and within one file the greater capture key.
INSERT INTO ${delta} (
    ${columns}, run_id, loaded_at, is_new
)
SELECT
    ${kept(newest, held)},
    CAST(%s AS VARCHAR(64)) AS run_id,
    GETDATE() AS loaded_at,
    (held.symbol IS NULL) AS is_new
FROM (
    SELECT
        ${columns}
    FROM ${stage} AS staged
    QUALIFY ROW_NUMBER() OVER (PARTITION BY ${key} ORDER BY observed_at DESC, capture_key DESC, row_hash DESC) = 1
) AS newest
LEFT JOIN ${table} AS held
    ON ${match(held, newest)}
WHERE held.symbol IS NULL
    OR (
        held.row_hash <> newest.row_hash
        AND held.observed_at < newest.observed_at
        AND (
            ${differs(held, newest)}
        )
    )
QUALIFY ROW_NUMBER() OVER (PARTITION BY ${key(newest)} ORDER BY held.observed_at DESC) = 1;
