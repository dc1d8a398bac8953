-- Check: block. Every factor that was computed anew stands once for its symbol and session, and is above zero.
-- Counts the symbols and sessions that stand several times, or whose factors would turn or empty what they multiply.
-- Grain: one row.
-- Key: none.
-- Limits: looks at the symbols of this load.
SELECT COUNT(*) AS violations, MIN(wrong.symbol || ' ' || CAST(wrong.session_date AS VARCHAR(10))) AS example
FROM (
    SELECT held.symbol, held.session_date
    FROM market.adjustment_factor AS held
    INNER JOIN ${symbols} AS chosen ON chosen.symbol = held.symbol
    GROUP BY held.symbol, held.session_date
    HAVING COUNT(*) > 1 OR MIN(held.price_factor) <= 0 OR MIN(held.volume_factor) <= 0
) AS wrong;
