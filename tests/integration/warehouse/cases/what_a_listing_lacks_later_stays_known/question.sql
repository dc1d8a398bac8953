SELECT symbol, ipo_date, name, exchange, delisting_date, valid_to FROM market.dim_symbol ORDER BY symbol, valid_from;
