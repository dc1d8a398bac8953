-- Removes from market.agg_weekly_price what lies before the first session that is kept.
-- Grain: none.
-- Key: none.
-- Limits: the week that the removal cuts in two is made anew of what is left.
DELETE FROM market.agg_weekly_price WHERE last_session < CAST(%s AS DATE);
