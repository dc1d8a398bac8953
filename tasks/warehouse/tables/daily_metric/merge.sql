-- Writes the metrics that were computed anew.
-- Grain: one row for each symbol and session_date.
-- Key: symbol, session_date.
-- Limits: the load holds the marts' turn, so no other writes them meanwhile.
MERGE INTO market.daily_metric
USING ${stage} AS changes
ON market.daily_metric.symbol = changes.symbol AND market.daily_metric.session_date = changes.session_date
WHEN MATCHED THEN UPDATE SET
    adjusted_close = changes.adjusted_close,
    daily_return = changes.daily_return,
    log_return = changes.log_return,
    average_close_7 = changes.average_close_7,
    average_close_20 = changes.average_close_20,
    average_close_50 = changes.average_close_50,
    average_close_200 = changes.average_close_200,
    volatility_7 = changes.volatility_7,
    volatility_20 = changes.volatility_20,
    average_volume_7 = changes.average_volume_7,
    last_opens = changes.last_opens,
    last_highs = changes.last_highs,
    last_lows = changes.last_lows,
    last_closes = changes.last_closes,
    last_volumes = changes.last_volumes
WHEN NOT MATCHED THEN INSERT (
    symbol, session_date, adjusted_close, daily_return, log_return, average_close_7, average_close_20, average_close_50,
    average_close_200, volatility_7, volatility_20, average_volume_7, last_opens, last_highs, last_lows, last_closes, last_volumes
)
VALUES (
    changes.symbol, changes.session_date, changes.adjusted_close, changes.daily_return, changes.log_return, changes.average_close_7,
    changes.average_close_20, changes.average_close_50, changes.average_close_200, changes.volatility_7, changes.volatility_20,
    changes.average_volume_7, changes.last_opens, changes.last_highs, changes.last_lows, changes.last_closes, changes.last_volumes
);
