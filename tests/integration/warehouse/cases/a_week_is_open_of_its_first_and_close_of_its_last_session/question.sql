SELECT week_start, last_session, session_count, "open", high, low, close, volume FROM market.agg_weekly_price ORDER BY 1;
