-- How many rows are staged and which dates they span, so that only their blocks of the table are read.
-- Grain: one row.
-- Key: none.
-- Limits: the dates are null where nothing is staged, and for a table without a date in its key.
SELECT COUNT(*) AS staged, ${first_date} AS first_date, ${last_date} AS last_date FROM ${stage};
