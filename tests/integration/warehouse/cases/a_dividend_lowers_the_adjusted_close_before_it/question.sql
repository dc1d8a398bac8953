SELECT session_date, adjusted_close FROM market.daily_price_adjusted ORDER BY 1;
