-- Check: block. Every staged listing has a version in the table, at least as new or with equal values; what it lacks is left out of account.
-- Counts the staged listings whose symbol and IPO date have none.
-- Grain: one row.
-- Key: none.
-- Limits: looks at the newest version of each, open or closed; a listing without an IPO date may be held with the one that is known.
SELECT COUNT(*) AS violations, MIN(missing.symbol) AS example
FROM (
    SELECT staged.symbol, staged.ipo_date, staged.status, staged.row_hash
    FROM ${stage} AS staged
    LEFT JOIN market.dim_symbol AS held
        ON held.symbol = staged.symbol
        AND NVL(staged.ipo_date, held.ipo_date, DATE '1900-01-01') = NVL(held.ipo_date, DATE '1900-01-01')
        AND (
            held.row_hash = staged.row_hash
            OR held.valid_from >= staged.observed_at
            OR (
                held.status = staged.status
                AND staged.name IN ('', held.name)
                AND staged.exchange IN ('', held.exchange)
                AND staged.asset_type IN ('', held.asset_type)
                AND NVL(staged.delisting_date, held.delisting_date, DATE '1900-01-01') = NVL(held.delisting_date, DATE '1900-01-01')
            )
        )
    WHERE held.symbol IS NULL
) AS missing;
