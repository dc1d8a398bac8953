-- How many bars are new and how many changed, per symbol.
-- Grain: one row for each touched symbol.
-- Key: symbol.
-- Limits: symbols without a new or changed bar are absent.
SELECT symbol, SUM(CASE WHEN is_new THEN 1 ELSE 0 END) AS bars_new, SUM(CASE WHEN is_new THEN 0 ELSE 1 END) AS bars_changed
FROM ${delta}
GROUP BY symbol
ORDER BY symbol;
