-- Holds the metrics that are computed anew.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: gone with the session.
CREATE TEMP TABLE ${stage} (LIKE market.daily_metric);
