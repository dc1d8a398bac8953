-- Removes from market.fact_adjusted_price what lies before the first session that is kept.
-- Grain: none.
-- Key: none.
-- Limits: DELETE, not TRUNCATE, which would commit halfway; raw captures and curated files are not touched.
DELETE FROM market.fact_adjusted_price WHERE session_date < CAST(%s AS DATE);
