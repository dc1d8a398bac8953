-- All symbols, for computing the marts anew from nothing.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: none.
INSERT INTO ${symbols} (symbol) SELECT DISTINCT symbol FROM market.fact_daily_price;
