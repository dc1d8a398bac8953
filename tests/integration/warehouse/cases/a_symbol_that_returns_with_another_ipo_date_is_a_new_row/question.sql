SELECT ipo_date, name, valid_from, valid_to FROM market.dim_symbol ORDER BY valid_from;
