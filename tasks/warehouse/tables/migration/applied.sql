-- What was applied, in order.
-- Grain: one row for each applied migration.
-- Key: number.
-- Limits: none.
SELECT number, name, sha256 FROM ops.migration ORDER BY number;
