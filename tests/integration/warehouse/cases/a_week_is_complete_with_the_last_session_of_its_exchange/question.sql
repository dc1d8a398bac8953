SELECT symbol, week_start, last_session, is_complete FROM market.agg_weekly_price ORDER BY 1, 2;
