-- The rows that go; coverage forgets them, so that they are requested again.
-- Grain: one row for each ${row} that the load had added.
-- Key: ${key}.
-- Limits: before they are removed.
SELECT ${key(gone)} FROM ${delta} AS gone WHERE gone.is_new ORDER BY ${key(gone)};
