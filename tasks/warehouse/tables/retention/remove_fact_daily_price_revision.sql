-- Removes from market.fact_daily_price_revision what lies before the first session that is kept.
-- Grain: none.
-- Key: none.
-- Limits: DELETE, not TRUNCATE, which would commit halfway; the former values go with their bars.
DELETE FROM market.fact_daily_price_revision WHERE session_date < CAST(%s AS DATE);
