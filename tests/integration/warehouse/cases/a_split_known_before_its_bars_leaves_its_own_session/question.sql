SELECT session_date, adjusted_close, adjusted_volume FROM market.daily_price_adjusted ORDER BY 1;
