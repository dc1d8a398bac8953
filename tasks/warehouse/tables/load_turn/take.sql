-- Takes the table's turn; the first statement of a load. Under snapshot isolation, which is the default of Redshift Serverless, two MERGEs
-- that only insert would not conflict and could both insert a key. An update blocks no reader, unlike LOCK.
-- Grain: one row.
-- Key: none.
-- Limits: waits for a load that has it; then conflicts, and the transaction is run again on a fresh snapshot. A table for each target,
--   because Redshift's write locks are on tables (https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html).
UPDATE ops.${turn} SET load_id = %s;
