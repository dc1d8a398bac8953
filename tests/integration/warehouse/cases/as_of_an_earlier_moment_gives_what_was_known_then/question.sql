SELECT session_date, close FROM market.daily_price_version WHERE valid_from <= '2026-01-06 23:00:00' AND (valid_to IS NULL OR valid_to > '2026-01-06 23:00:00') ORDER BY 1;
