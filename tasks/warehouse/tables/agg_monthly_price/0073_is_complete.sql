-- Which months are over: the mark that a reader of finished months asks for.
-- Grain: none; a column, and its values for the months that are held.
-- Key: none.
-- Limits: a load that touches a month marks it by its exchange's own sessions (tasks/warehouse/marts/fill.sql). Here, once, a month of a
--   symbol with a suffix or prefix (VOD.LON) counts as over where the symbol has a later one, because its sessions are not known yet.
ALTER TABLE market.agg_monthly_price ADD COLUMN is_complete BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE market.agg_monthly_price
SET is_complete = TRUE
FROM (
    SELECT held.symbol, held.month_start
    FROM (
        SELECT
            symbol,
            month_start,
            last_session,
            LEAD(month_start) OVER (PARTITION BY symbol ORDER BY month_start) AS next_start,
            STRPOS(symbol, '.') + STRPOS(symbol, ':') > 0 AS has_mark
        FROM market.agg_monthly_price
    ) AS held
    LEFT JOIN (
        SELECT CAST(DATE_TRUNC('month', session_date) AS DATE) AS month_start, MAX(session_date) AS last_session
        FROM market.dim_session
        WHERE exchange = 'XNYS'
        GROUP BY CAST(DATE_TRUNC('month', session_date) AS DATE)
    ) AS ends
        ON ends.month_start = held.month_start
    WHERE (held.has_mark AND held.next_start IS NOT NULL)
        OR (NOT held.has_mark AND held.last_session >= ends.last_session)
) AS ended
WHERE ended.symbol = market.agg_monthly_price.symbol
    AND ended.month_start = market.agg_monthly_price.month_start;

COMMENT ON COLUMN market.agg_monthly_price.is_complete IS 'Whether the last session of the month, by the symbol''s exchange, is held; a session before it may still be missing.';
