-- Whether the warehouse has all that was loaded: whether a load is in the audit, and the bars that the table has and the audit counts.
-- Grain: one row.
-- Key: none.
-- Limits: a table that was restored together with its audit agrees with it; only the load then tells.
SELECT
    (SELECT COUNT(*) FROM ops.load_audit WHERE manifest_uri = %s) AS times_loaded,
    (SELECT COUNT(*) FROM market.fact_daily_price) AS bars_held,
    (SELECT NVL(SUM(rows_new - rows_removed), 0) FROM ops.load_audit WHERE table_name = 'market.fact_daily_price') AS bars_counted;
