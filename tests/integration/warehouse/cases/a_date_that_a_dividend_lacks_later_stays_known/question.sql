SELECT symbol, declaration_date, record_date, payment_date, run_id FROM market.fact_dividend ORDER BY symbol;
