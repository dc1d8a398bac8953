-- What retention removed stands in the audit beside what was loaded: one row for each table that lost rows, dataset `retention`.
-- Grain: none; columns.
-- Key: none.
-- Limits: a row of a removal names no manifest and no file; its identity is the digest of table, date and load_id.
ALTER TABLE ops.load_audit ADD COLUMN rows_removed BIGINT NOT NULL DEFAULT 0;

ALTER TABLE ops.load_audit ADD COLUMN removed_before DATE;

COMMENT ON TABLE ops.load_audit IS 'One row for each manifest that was loaded, committed together with its rows, and for each table retention removed rows of.';
COMMENT ON COLUMN ops.load_audit.rows_removed IS 'Rows that retention removed; 0 for a load.';
COMMENT ON COLUMN ops.load_audit.removed_before IS 'The session before which retention removed everything; null for a load.';
