-- Per staged symbol, how far the bars that the table holds reach, how many of them the load brings anew, and how many of those with
-- another close: whether its answer is of another series is decided by these (``replaced_series.py``).
-- Grain: one row for each staged symbol of which the table holds a bar.
-- Key: symbol.
-- Limits: closes within 0.5 % count as the same; a bar that is held of the same or of a later observation is no restatement. Bars before
--   the load's first session are not read.
SELECT
    held.symbol,
    MAX(held.session_date) AS newest_held,
    COUNT(staged.symbol) AS shared,
    SUM(CASE WHEN staged.close > held.close * 1.005 OR staged.close < held.close * 0.995 THEN 1 ELSE 0 END) AS moved
FROM ${table} AS held
INNER JOIN (SELECT DISTINCT symbol FROM ${stage}) AS loaded
    ON loaded.symbol = held.symbol
LEFT JOIN ${stage} AS staged
    ON staged.symbol = held.symbol
    AND staged.session_date = held.session_date
    AND staged.observed_at > held.observed_at
WHERE ${since(held)}
GROUP BY held.symbol
ORDER BY held.symbol;
