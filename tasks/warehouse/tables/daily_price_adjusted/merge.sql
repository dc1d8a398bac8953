-- Writes the adjusted bars that were computed anew.
-- Grain: one row for each symbol and session_date.
-- Key: symbol, session_date.
-- Limits: the load holds the marts' turn, so no other writes them meanwhile.
MERGE INTO market.daily_price_adjusted
USING ${stage} AS changes
ON market.daily_price_adjusted.symbol = changes.symbol AND market.daily_price_adjusted.session_date = changes.session_date
WHEN MATCHED THEN UPDATE SET
    adjusted_open = changes.adjusted_open,
    adjusted_high = changes.adjusted_high,
    adjusted_low = changes.adjusted_low,
    adjusted_close = changes.adjusted_close,
    adjusted_volume = changes.adjusted_volume,
    price_factor = changes.price_factor,
    volume_factor = changes.volume_factor
WHEN NOT MATCHED THEN INSERT (
    symbol, session_date, adjusted_open, adjusted_high, adjusted_low, adjusted_close, adjusted_volume, price_factor, volume_factor
)
VALUES (
    changes.symbol, changes.session_date, changes.adjusted_open, changes.adjusted_high, changes.adjusted_low, changes.adjusted_close,
    changes.adjusted_volume, changes.price_factor, changes.volume_factor
);
