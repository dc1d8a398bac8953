-- Holds the months that are computed anew.
-- Grain: one row for each symbol and month.
-- Key: symbol, month_start.
-- Limits: gone with the session.
CREATE TEMP TABLE ${stage} (LIKE market.agg_monthly_price);
