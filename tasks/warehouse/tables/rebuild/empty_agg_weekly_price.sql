-- Empties market.agg_weekly_price before it is filled again from the lake.
-- Grain: none.
-- Key: none.
-- Limits: DELETE, not TRUNCATE, which would commit halfway.
DELETE FROM market.agg_weekly_price;
