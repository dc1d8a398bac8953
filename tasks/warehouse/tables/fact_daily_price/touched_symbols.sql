-- The symbols whose events are touched by new and changed bars: where such a bar is the first on or after an event. Bars, events and the
-- sessions on which events take effect are laid on one line of days; between an event and its bar there is no other.
-- Grain: one row for each such symbol.
-- Key: symbol.
-- Limits: on one day the event comes first, then the bar, then the effect, so that a bar sees only effects before it.
CREATE TEMP TABLE ${symbols} AS
SELECT DISTINCT symbol
FROM (
    SELECT
        symbol,
        kind,
        MAX(CASE WHEN kind = 1 THEN day END) OVER (PARTITION BY symbol ORDER BY day, kind ROWS UNBOUNDED PRECEDING) AS last_event,
        MAX(CASE WHEN kind = 3 THEN day END) OVER (PARTITION BY symbol ORDER BY day, kind ROWS UNBOUNDED PRECEDING) AS last_effect
    FROM (
        SELECT changes.symbol, changes.session_date AS day, 2 AS kind FROM ${delta} AS changes
        UNION ALL
        SELECT action.symbol, action.ex_date AS day, 1 AS kind
        FROM market.corporate_action AS action
        WHERE action.symbol IN (SELECT symbol FROM ${delta})
        UNION ALL
        SELECT effect.symbol, effect.session_date AS day, 3 AS kind
        FROM market.adjustment_factor AS effect
        WHERE effect.symbol IN (SELECT symbol FROM ${delta})
    ) AS dated
) AS running
WHERE kind = 2 AND last_event IS NOT NULL AND (last_effect IS NULL OR last_effect < last_event);
