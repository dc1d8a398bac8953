SELECT close, valid_from, valid_to FROM market.daily_price_version WHERE symbol = 'AAPL' ORDER BY valid_from;
