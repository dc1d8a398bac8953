-- How far the table reaches.
-- Grain: one row.
-- Key: none.
-- Limits: null and 0 where the exchange is not there yet.
SELECT MAX(session_date) AS last_session, COUNT(*) AS sessions FROM market.dim_session WHERE exchange = %s;
