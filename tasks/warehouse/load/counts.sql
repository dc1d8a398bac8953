-- How many rows are new and how many changed, per symbol, and between which dates.
-- Grain: one row for each symbol with a new or changed row.
-- Key: symbol.
-- Limits: symbols without a new or changed row are absent; the dates are null for a table without a date in its key.
SELECT
    symbol,
    SUM(CASE WHEN is_new THEN 1 ELSE 0 END) AS rows_new,
    SUM(CASE WHEN is_new THEN 0 ELSE 1 END) AS rows_changed,
    ${first_date} AS first_date,
    ${last_date} AS last_date
FROM ${delta}
GROUP BY symbol
ORDER BY symbol;
