SELECT symbol, month_start, last_session, is_complete FROM market.agg_monthly_price ORDER BY 1, 2;
