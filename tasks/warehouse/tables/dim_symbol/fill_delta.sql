-- Of each listing the newest observation of the stage where it is new or differs from the version that holds; and the versions it ends:
-- the listing's own, and those of an earlier IPO date whose symbol it has taken over.
-- Grain: one row for each version that begins or ends.
-- Key: symbol, ipo_date, valid_from.
-- Limits: a sector that was not asked for again stays as it was known. An observation older than the version that holds changes nothing.
INSERT INTO ${delta} (
    symbol, ipo_date, name, exchange, asset_type, sector, industry, currency, delisting_date, status, row_hash, capture_key,
    valid_from,
    valid_to, run_id, loaded_at, is_new
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
        NVL(newest.sector, held.sector) AS sector,
        NVL(newest.industry, held.industry) AS industry,
        NVL(newest.currency, held.currency) AS currency,
        newest.delisting_date,
        newest.status,
        newest.row_hash,
        newest.capture_key,
        newest.observed_at AS valid_from,
        CAST(NULL AS TIMESTAMP) AS valid_to,
        (held.symbol IS NULL) AS is_new
    FROM (
        SELECT symbol, ipo_date, name, exchange, asset_type, sector, industry, currency, delisting_date, status, row_hash, observed_at,
            capture_key
        FROM ${stage} AS staged
        QUALIFY ROW_NUMBER() OVER (PARTITION BY symbol, ipo_date ORDER BY observed_at DESC, capture_key DESC, row_hash DESC) = 1
    ) AS newest
    LEFT JOIN market.dim_symbol AS held
        ON held.symbol = newest.symbol
        AND NVL(held.ipo_date, DATE '1900-01-01') = NVL(newest.ipo_date, DATE '1900-01-01')
        AND held.valid_to IS NULL
    WHERE held.symbol IS NULL
        OR (
            held.valid_from < newest.observed_at
            AND (
                held.row_hash <> newest.row_hash
                OR NVL(newest.sector, '') NOT IN ('', NVL(held.sector, ''))
                OR NVL(newest.industry, '') NOT IN ('', NVL(held.industry, ''))
                OR NVL(newest.currency, '') NOT IN ('', NVL(held.currency, ''))
            )
        )
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
    FROM (
        SELECT symbol, ipo_date, name, exchange, asset_type, sector, industry, currency, delisting_date, status, row_hash, observed_at,
            capture_key
        FROM ${stage} AS staged
        QUALIFY ROW_NUMBER() OVER (PARTITION BY symbol, ipo_date ORDER BY observed_at DESC, capture_key DESC, row_hash DESC) = 1
    ) AS newest
    INNER JOIN market.dim_symbol AS held
        ON held.symbol = newest.symbol
        AND held.valid_to IS NULL
        AND held.valid_from < newest.observed_at
    WHERE (
            NVL(held.ipo_date, DATE '1900-01-01') = NVL(newest.ipo_date, DATE '1900-01-01')
            AND (
                held.row_hash <> newest.row_hash
                OR NVL(newest.sector, '') NOT IN ('', NVL(held.sector, ''))
                OR NVL(newest.industry, '') NOT IN ('', NVL(held.industry, ''))
                OR NVL(newest.currency, '') NOT IN ('', NVL(held.currency, ''))
            )
        )
        OR (held.status = 'Active' AND newest.status = 'Active' AND held.ipo_date < newest.ipo_date)
    QUALIFY ROW_NUMBER() OVER (PARTITION BY held.symbol, held.ipo_date, held.valid_from ORDER BY newest.observed_at) = 1
) AS version;
