-- What are the prices of a company that changed its symbol, as one series? Change the symbol and the span.
-- Needs: a run of daily_prices for the symbols; the rename in deployments/symbol_renames.yaml, brought in by tickerhouse migrate.
-- Empty: no bar of the series in that span; without a rename the series is that of the symbol alone.
SELECT series_symbol, symbol, session_date, "open", high, low, close, volume
FROM market.linked_price
WHERE series_symbol = 'META' AND session_date BETWEEN DATE '2022-01-03' AND CURRENT_DATE
ORDER BY session_date;
