-- Check: warn. Nearly every listing that is active in the table is among the staged ones: at most one in twenty is not.
-- Counts the active listings that are not staged, where they are more: an answer that is older than the table, or cut off.
-- Grain: one row.
-- Key: none.
-- Limits: a listing that ends is staged as delisted; the few that vanish without a word are what the twentieth is for. Silent where no
--   active listing is staged at all, because that answer was refused and is told already.
SELECT
    CASE WHEN 20 * SUM(CASE WHEN answer.symbol IS NULL THEN 1 ELSE 0 END) > COUNT(*)
        THEN SUM(CASE WHEN answer.symbol IS NULL THEN 1 ELSE 0 END) ELSE 0 END AS violations,
    MIN(CASE WHEN answer.symbol IS NULL THEN held.symbol END) AS example
FROM market.dim_symbol AS held
LEFT JOIN (SELECT DISTINCT symbol FROM ${stage}) AS answer ON answer.symbol = held.symbol
WHERE held.valid_to IS NULL AND held.status = 'Active'
    AND (SELECT COUNT(*) FROM ${stage} AS active WHERE active.status = 'Active') > 0;
