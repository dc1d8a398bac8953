SELECT close, valid_from FROM market.daily_price_version ORDER BY valid_from;
