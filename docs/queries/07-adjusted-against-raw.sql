-- What do adjusted and raw closes say about the same sessions, and which events lie between?
-- Needs: a run of tickerhouse corporate-actions for symbols that split or paid.
-- Empty: no loaded symbol split or paid since its first bar.
SELECT bar.symbol, bar.session_date, bar.close, adjusted.adjusted_close, adjusted.price_factor, event.dividend_amount, event.split_factor
FROM market.fact_daily_price AS bar
INNER JOIN market.daily_price_adjusted AS adjusted ON adjusted.symbol = bar.symbol AND adjusted.session_date = bar.session_date
LEFT JOIN market.adjustment_factor AS event ON event.symbol = bar.symbol AND event.session_date = bar.session_date
WHERE adjusted.price_factor <> 1 OR event.symbol IS NOT NULL
ORDER BY bar.symbol, bar.session_date DESC;
