-- Removes every ${row} that the load had added.
-- Grain: none.
-- Key: none.
-- Limits: captures, observations and curated files are not touched.
DELETE FROM ${table}
USING ${delta} AS undone
WHERE undone.is_new AND ${match(table, undone)};
