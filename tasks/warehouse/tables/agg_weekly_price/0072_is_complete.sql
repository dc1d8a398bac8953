-- Which weeks are over: the mark that a reader of finished weeks asks for.
-- Grain: none; a column, and its values for the weeks that are held.
-- Key: none.
-- Limits: a load that touches a week marks it by its exchange's own sessions (tasks/warehouse/marts/fill.sql). Here, once, a week of a
--   symbol with a suffix or prefix (VOD.LON) counts as over where the symbol has a later one, because its sessions are not known yet.
ALTER TABLE market.agg_weekly_price ADD COLUMN is_complete BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE market.agg_weekly_price
SET is_complete = TRUE
FROM (
    SELECT held.symbol, held.week_start
    FROM (
        SELECT
            symbol,
            week_start,
            last_session,
            LEAD(week_start) OVER (PARTITION BY symbol ORDER BY week_start) AS next_start,
            STRPOS(symbol, '.') + STRPOS(symbol, ':') > 0 AS has_mark
        FROM market.agg_weekly_price
    ) AS held
    LEFT JOIN (
        SELECT CAST(DATE_TRUNC('week', session_date) AS DATE) AS week_start, MAX(session_date) AS last_session
        FROM market.dim_session
        WHERE exchange = 'XNYS'
        GROUP BY CAST(DATE_TRUNC('week', session_date) AS DATE)
    ) AS ends
        ON ends.week_start = held.week_start
    WHERE (held.has_mark AND held.next_start IS NOT NULL)
        OR (NOT held.has_mark AND held.last_session >= ends.last_session)
) AS ended
WHERE ended.symbol = market.agg_weekly_price.symbol
    AND ended.week_start = market.agg_weekly_price.week_start;

COMMENT ON COLUMN market.agg_weekly_price.is_complete IS 'Whether the last session of the week, by the symbol''s exchange, is held; a session before it may still be missing.';
