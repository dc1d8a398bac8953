-- Whose turn it is to write a table. A load begins by updating its table's one row, so two loads of one table can never both commit:
-- under snapshot isolation, which is the default of Redshift Serverless, two MERGEs that only insert would not conflict otherwise and
-- could both insert a key. An update blocks no reader, unlike LOCK.
-- Grain: one row for each loaded table.
-- Key: table_name.
-- Limits: the row is put there by the loaded table's own migration.
CREATE TABLE ops.load_turn (
    table_name VARCHAR(128) NOT NULL,
    load_id VARCHAR(32),
    run_id VARCHAR(64),
    taken_at TIMESTAMP,
    PRIMARY KEY (table_name)
)
DISTSTYLE AUTO;

COMMENT ON TABLE ops.load_turn IS 'One row for each loaded table; a load updates it first, so that two loads of one table never both commit.';
COMMENT ON COLUMN ops.load_turn.table_name IS 'The table.';
COMMENT ON COLUMN ops.load_turn.load_id IS 'The load that wrote it last.';
COMMENT ON COLUMN ops.load_turn.run_id IS 'The run of that load.';
COMMENT ON COLUMN ops.load_turn.taken_at IS 'When that load began, UTC.';
