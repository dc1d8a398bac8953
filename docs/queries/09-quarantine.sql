-- Which bars are held back, and why?
SELECT reasons, symbol, session_text, received, observed_at, run_id
FROM ops.quarantined_bar
WHERE released_at IS NULL
ORDER BY observed_at DESC, symbol, session_text
LIMIT 500;
