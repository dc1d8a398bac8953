-- The roles of the workgroup that are ours.
-- Grain: one row for each role.
-- Key: role_name.
-- Limits: a user sees the roles granted to it, an administrator all.
SELECT role_name FROM svv_roles WHERE role_name IN ('tickerhouse_reader', 'tickerhouse_loader') ORDER BY role_name;
