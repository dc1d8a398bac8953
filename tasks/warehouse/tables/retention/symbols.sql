-- The symbols that lose bars to retention; their factors are computed anew.
-- Grain: one row for each such symbol.
-- Key: symbol.
-- Limits: binds the first session that is kept.
INSERT INTO ${symbols} (symbol) SELECT DISTINCT symbol FROM market.fact_daily_price WHERE session_date < CAST(%s AS DATE);
