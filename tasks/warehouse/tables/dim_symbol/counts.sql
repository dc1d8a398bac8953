-- How many listings are new and how many have a new version, per symbol.
-- Grain: one row for each touched symbol.
-- Key: symbol.
-- Limits: a version that only ends is counted with the one that ends it.
SELECT symbol, SUM(CASE WHEN is_new THEN 1 ELSE 0 END) AS rows_new, SUM(CASE WHEN is_new THEN 0 ELSE 1 END) AS rows_changed
FROM ${delta}
WHERE valid_to IS NULL
GROUP BY symbol
ORDER BY symbol;
