-- How many rows are new and how many changed, per symbol.
-- Grain: one row for each symbol with a new or changed row.
-- Key: symbol.
-- Limits: symbols without a new or changed row are absent.
SELECT symbol, SUM(CASE WHEN is_new THEN 1 ELSE 0 END) AS rows_new, SUM(CASE WHEN is_new THEN 0 ELSE 1 END) AS rows_changed
FROM ${delta}
GROUP BY symbol
ORDER BY symbol;
