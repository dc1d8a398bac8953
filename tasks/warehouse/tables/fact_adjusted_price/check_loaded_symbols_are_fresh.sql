-- Check: warn. Every loaded symbol has an adjusted price of the last seven days before the newest session of the load.
-- Counts the symbols that were answered and whose newest row is older.
-- Grain: one row.
-- Key: none.
-- Limits: days, not sessions, so that no calendar is needed; a symbol whose trading is halted for longer is told in every run.
SELECT COUNT(*) AS violations, MIN(behind.symbol || ' ' || CAST(behind.last_session AS VARCHAR(10))) AS example
FROM (
    SELECT held.symbol, MAX(held.session_date) AS last_session
    FROM market.fact_adjusted_price AS held
    WHERE held.symbol IN (SELECT staged.symbol FROM ${stage} AS staged)
    GROUP BY held.symbol
) AS behind
WHERE behind.last_session < DATEADD(day, -7, (SELECT MAX(staged.session_date) FROM ${stage} AS staged));
