-- How much is staged and which dates it spans, so that only their blocks of the table are read.
-- Grain: one row.
-- Key: none.
-- Limits: the dates are null where nothing is staged.
SELECT COUNT(*), MIN(ex_date), MAX(ex_date) FROM ${stage};
