-- Writes versions that begin and ends those that end; the only statement of a load that writes the table.
-- Grain: one row for each version of a listing.
-- Key: symbol, ipo_date, valid_from.
-- Limits: of a version that is there already only the end is written.
MERGE INTO market.dim_symbol
USING ${delta} AS changes
ON market.dim_symbol.symbol = changes.symbol
    AND NVL(market.dim_symbol.ipo_date, DATE '1900-01-01') = NVL(changes.ipo_date, DATE '1900-01-01')
    AND market.dim_symbol.valid_from = changes.valid_from
WHEN MATCHED THEN UPDATE SET
    valid_to = changes.valid_to,
    loaded_at = changes.loaded_at
WHEN NOT MATCHED THEN INSERT (
    symbol, ipo_date, name, exchange, asset_type, sector, industry, currency, delisting_date, status, row_hash, capture_key,
    valid_from,
    valid_to, run_id, loaded_at
)
VALUES (
    changes.symbol, changes.ipo_date, changes.name, changes.exchange, changes.asset_type, changes.sector, changes.industry, changes.currency,
    changes.delisting_date, changes.status, changes.row_hash, changes.capture_key, changes.valid_from, changes.valid_to,
    changes.run_id, changes.loaded_at
);
