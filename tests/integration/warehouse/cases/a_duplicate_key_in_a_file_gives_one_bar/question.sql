SELECT symbol, close FROM market.fact_daily_price;
