-- Removes from market.daily_price_adjusted what lies before the first session that is kept.
-- Grain: none.
-- Key: none.
-- Limits: a mart goes with its bars.
DELETE FROM market.daily_price_adjusted WHERE session_date < CAST(%s AS DATE);
