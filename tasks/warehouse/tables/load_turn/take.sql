-- Takes the table's turn; the first statement of a load.
-- Grain: one row for each loaded table.
-- Key: table_name.
-- Limits: waits for a load that has it; then conflicts, and the transaction is run again on a fresh snapshot.
UPDATE ops.load_turn SET load_id = %s, run_id = %s, taken_at = GETDATE() WHERE table_name = %s;
