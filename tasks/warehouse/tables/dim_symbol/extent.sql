-- How much is staged.
-- Grain: one row.
-- Key: none.
-- Limits: the dates are told for the sake of one shape; nothing is bounded by them.
SELECT COUNT(*), MIN(ipo_date), MAX(ipo_date) FROM ${stage};
