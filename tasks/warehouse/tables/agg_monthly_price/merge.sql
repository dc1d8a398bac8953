-- Writes the months that were computed anew.
-- Grain: one row for each symbol and month_start.
-- Key: symbol, month_start.
-- Limits: the load holds the marts' turn, so no other writes them meanwhile.
MERGE INTO market.agg_monthly_price
USING ${stage} AS changes
ON market.agg_monthly_price.symbol = changes.symbol AND market.agg_monthly_price.month_start = changes.month_start
WHEN MATCHED THEN UPDATE SET
    first_session = changes.first_session,
    last_session = changes.last_session,
    session_count = changes.session_count,
    "open" = changes."open",
    high = changes.high,
    low = changes.low,
    close = changes.close,
    volume = changes.volume
WHEN NOT MATCHED THEN INSERT (
    symbol, month_start, first_session, last_session, session_count, "open", high, low, close, volume
)
VALUES (
    changes.symbol, changes.month_start, changes.first_session, changes.last_session, changes.session_count, changes."open",
    changes.high, changes.low, changes.close, changes.volume
);
