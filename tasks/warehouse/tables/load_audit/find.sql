-- Whether a manifest was loaded, and what that did.
-- Grain: one row for each loaded manifest.
-- Key: manifest_sha256.
-- Limits: none.
SELECT load_id, run_id, rows_staged, rows_new, rows_changed, rows_unchanged FROM ops.load_audit WHERE manifest_sha256 = %s;
