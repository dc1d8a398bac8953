-- Holds the weeks that are computed anew.
-- Grain: one row for each symbol and week.
-- Key: symbol, week_start.
-- Limits: gone with the session.
CREATE TEMP TABLE ${stage} (LIKE market.agg_weekly_price);
