-- Records that bars were released; what was released before stays as it was recorded.
-- Grain: one row for each identity.
-- Key: identity.
-- Limits: the identities are hexadecimal digests, checked before they enter the statement; a list cannot be bound.
UPDATE ops.quarantined_bar
SET released_at = GETDATE(), released_by = %s, release_note = %s, release_run_id = %s
WHERE released_at IS NULL AND "identity" IN (${identities});
