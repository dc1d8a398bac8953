-- Of each listing the newest observation of the stage where it is new or differs from the version that holds; and the versions it ends:
-- the listing's own, and those of an earlier or unknown IPO date whose symbol it has taken over.
-- Grain: one row for each version that begins or ends.
-- Key: symbol, ipo_date, valid_from.
-- Limits: what an observation lacks stays as it was known: name, exchange, kind, sector, industry, currency, the end of what has ended,
--   and the IPO date of the one active listing of its symbol. An observation older than the version that holds changes nothing.
INSERT INTO ${delta} (
    symbol, ipo_date, name, exchange, asset_type, sector, industry, currency, delisting_date, status, row_hash, capture_key,
    valid_from,
    valid_to, run_id, loaded_at, is_new
)
WITH observed AS (
    SELECT staged.symbol, CASE WHEN own.symbol IS NULL THEN NVL(staged.ipo_date, known.ipo_date) END AS ipo_date, staged.name, staged.exchange, staged.asset_type, staged.sector,
        staged.industry, staged.currency, staged.delisting_date, staged.status, staged.row_hash, staged.observed_at, staged.capture_key
    FROM ${stage} AS staged
    LEFT JOIN (
        SELECT symbol, MAX(ipo_date) AS ipo_date
        FROM market.dim_symbol
        WHERE valid_to IS NULL AND status = 'Active'
        GROUP BY symbol
    ) AS known
        ON known.symbol = staged.symbol AND staged.ipo_date IS NULL AND staged.status = 'Active'
    LEFT JOIN ${stage} AS own
        ON own.symbol = known.symbol AND own.ipo_date = known.ipo_date
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY staged.symbol, CASE WHEN own.symbol IS NULL THEN NVL(staged.ipo_date, known.ipo_date) END
        ORDER BY staged.observed_at DESC, staged.capture_key DESC, staged.row_hash DESC
    ) = 1
),
newest AS (
    SELECT
        observed.symbol,
        observed.ipo_date,
        NVL(NULLIF(observed.name, ''), held.name, '') AS name,
        NVL(NULLIF(observed.exchange, ''), held.exchange, '') AS exchange,
        NVL(NULLIF(observed.asset_type, ''), held.asset_type, '') AS asset_type,
        NVL(observed.sector, held.sector) AS sector,
        NVL(observed.industry, held.industry) AS industry,
        NVL(observed.currency, held.currency) AS currency,
        CASE WHEN observed.status = held.status THEN NVL(observed.delisting_date, held.delisting_date) ELSE observed.delisting_date END
            AS delisting_date,
        observed.status,
        observed.row_hash,
        observed.capture_key,
        observed.observed_at,
        held.symbol AS held_symbol,
        held.valid_from AS held_from,
        (
            held.symbol IS NULL
            OR held.status <> observed.status
            OR held.name <> NVL(NULLIF(observed.name, ''), held.name)
            OR held.exchange <> NVL(NULLIF(observed.exchange, ''), held.exchange)
            OR held.asset_type <> NVL(NULLIF(observed.asset_type, ''), held.asset_type)
            OR NVL(observed.sector, '') NOT IN ('', NVL(held.sector, ''))
            OR NVL(observed.industry, '') NOT IN ('', NVL(held.industry, ''))
            OR NVL(observed.currency, '') NOT IN ('', NVL(held.currency, ''))
            OR NVL(observed.delisting_date, DATE '1900-01-01') NOT IN (DATE '1900-01-01', NVL(held.delisting_date, DATE '1900-01-01'))
        ) AS is_other
    FROM observed
    LEFT JOIN market.dim_symbol AS held
        ON held.symbol = observed.symbol
        AND NVL(held.ipo_date, DATE '1900-01-01') = NVL(observed.ipo_date, DATE '1900-01-01')
        AND held.valid_to IS NULL
)
SELECT
    version.symbol,
    version.ipo_date,
    version.name,
    version.exchange,
    version.asset_type,
    version.sector,
    version.industry,
    version.currency,
    version.delisting_date,
    version.status,
    version.row_hash,
    version.capture_key,
    version.valid_from,
    version.valid_to,
    CAST(%s AS VARCHAR(64)) AS run_id,
    GETDATE() AS loaded_at,
    version.is_new
FROM (
    SELECT
        newest.symbol,
        newest.ipo_date,
        newest.name,
        newest.exchange,
        newest.asset_type,
        newest.sector,
        newest.industry,
        newest.currency,
        newest.delisting_date,
        newest.status,
        newest.row_hash,
        newest.capture_key,
        newest.observed_at AS valid_from,
        CAST(NULL AS TIMESTAMP) AS valid_to,
        (newest.held_symbol IS NULL) AS is_new
    FROM newest
    WHERE newest.is_other AND NVL(newest.held_from, TIMESTAMP '1900-01-01 00:00:00') < newest.observed_at
    UNION ALL
    SELECT
        held.symbol,
        held.ipo_date,
        held.name,
        held.exchange,
        held.asset_type,
        held.sector,
        held.industry,
        held.currency,
        held.delisting_date,
        held.status,
        held.row_hash,
        held.capture_key,
        held.valid_from,
        newest.observed_at AS valid_to,
        FALSE AS is_new
    FROM newest
    INNER JOIN market.dim_symbol AS held
        ON held.symbol = newest.symbol
        AND held.valid_to IS NULL
        AND held.valid_from < newest.observed_at
    WHERE (NVL(held.ipo_date, DATE '1900-01-01') = NVL(newest.ipo_date, DATE '1900-01-01') AND newest.is_other)
        OR (
            held.status = 'Active' AND newest.status = 'Active'
            AND NVL(held.ipo_date, DATE '1900-01-01') < NVL(newest.ipo_date, DATE '1900-01-01')
        )
    QUALIFY ROW_NUMBER() OVER (PARTITION BY held.symbol, held.ipo_date, held.valid_from ORDER BY newest.observed_at) = 1
) AS version;
