SELECT symbol, name, valid_to FROM market.dim_symbol ORDER BY symbol, valid_from;
