SELECT close FROM market.daily_price_version;
