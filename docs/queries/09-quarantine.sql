-- Which bars are quarantined, and why?
-- Needs: a run that quarantined bars.
-- Empty: nothing is quarantined, or all of it was released.
SELECT reasons, symbol, session_text, received, observed_at, run_id
FROM ops.quarantined_bar
WHERE released_at IS NULL
ORDER BY observed_at DESC, symbol, session_text
LIMIT 500;
