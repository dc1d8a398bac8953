-- Who moved most in the newest session?
-- Needs: a run of daily_prices.
-- Empty: no symbol has two bars yet.
SELECT symbol, session_date, close, previous_close, change, change_percent
FROM market.latest_price
WHERE change_percent IS NOT NULL AND session_date = (SELECT MAX(session_date) FROM market.latest_price)
ORDER BY ABS(change_percent) DESC, symbol
LIMIT 20;
