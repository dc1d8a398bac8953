-- Removes the revisions that the load had kept: their values stand in the table again.
-- Grain: none.
-- Key: none.
-- Limits: after the values were restored, and only where no later load changed what it wrote.
DELETE FROM ${revision} WHERE run_id = %s;
