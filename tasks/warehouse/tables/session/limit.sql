-- Ends each statement of the session that takes longer, its waits for a lock and in a queue included.
-- Grain: none.
-- Key: none.
-- Limits: sent before the first transaction, so that no rollback takes it back
--   (https://docs.aws.amazon.com/redshift/latest/dg/r_statement_timeout.html).
SET statement_timeout TO ${milliseconds};
