-- What did we know at a moment? Change the moment, in both places.
-- Needs: a run of daily_prices before the moment.
-- Empty: nothing was known then; ops.load_audit says when the first load was.
SELECT symbol, session_date, "open", high, low, close, volume, valid_from
FROM market.daily_price_version
WHERE valid_from <= TIMESTAMP '2026-01-06 12:00:00' AND (valid_to IS NULL OR valid_to > TIMESTAMP '2026-01-06 12:00:00')
ORDER BY symbol, session_date;
