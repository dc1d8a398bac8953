-- Which symbols are behind, and by how many sessions?
-- Needs: a run of daily_prices.
-- Empty: no bar is loaded yet.
SELECT symbol, last_session, sessions_behind, bars, last_observed_at, last_loaded_at
FROM ops.freshness
ORDER BY sessions_behind DESC, symbol;
