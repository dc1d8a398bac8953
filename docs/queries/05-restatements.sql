-- Which bars did the source restate, from what to what, and when did we see it?
-- Needs: two runs of daily_prices with a change at the source between them.
-- Empty: the source restated nothing so far.
SELECT former.symbol, former.session_date, former.close AS former_close, present.close AS present_close,
    former.volume AS former_volume, present.volume AS present_volume, former.observed_at, former.superseded_at,
    former.capture_key AS former_capture, former.superseded_by AS next_capture
FROM market.fact_daily_price_revision AS former
INNER JOIN market.fact_daily_price AS present ON present.symbol = former.symbol AND present.session_date = former.session_date
ORDER BY former.superseded_at DESC, former.symbol, former.session_date;
