-- The two schemas, and the record of the migrations themselves.
-- Grain: one row for each migration that was applied.
-- Key: number.
-- Limits: rows are only ever added; a file that was applied once may never change (tasks/warehouse/migrations.py).
CREATE SCHEMA IF NOT EXISTS market;

CREATE SCHEMA IF NOT EXISTS ops;

CREATE TABLE ops.migration (
    number INTEGER NOT NULL,
    name VARCHAR(256) NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    applied_at TIMESTAMP NOT NULL DEFAULT GETDATE(),
    PRIMARY KEY (number)
)
DISTSTYLE AUTO
SORTKEY (number);

COMMENT ON TABLE ops.migration IS 'One row for each migration that was applied to this database.';
COMMENT ON COLUMN ops.migration.number IS 'Its place in the order, over all tables.';
COMMENT ON COLUMN ops.migration.name IS 'Folder and file, e.g. run/0002_create.sql.';
COMMENT ON COLUMN ops.migration.sha256 IS 'Hexadecimal digest of the file as it was applied.';
COMMENT ON COLUMN ops.migration.applied_at IS 'When it was applied, UTC.';
