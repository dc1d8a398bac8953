-- One symbol's cash dividend, as the source gives it.
-- Grain: one row for each symbol and ex-dividend date.
-- Key: symbol, ex_date; informational in Redshift, proven after every load.
-- Limits: amounts are per share at the time, not adjusted for later splits. What the source lists more than once for one date is added up
--   before it gets here (tasks/curation). A dividend that the source no longer lists stays: what is withdrawn is not told from what is cut off.
-- Sorted by ex_date, because questions are about a span of dates. DISTSTYLE AUTO and no ENCODE: naming one encoding would end automatic
-- encoding for the whole table.
CREATE TABLE market.fact_dividend (
    symbol VARCHAR(32) NOT NULL,
    ex_date DATE NOT NULL,
    amount DECIMAL(28, 13) NOT NULL,
    declaration_date DATE,
    record_date DATE,
    payment_date DATE,
    row_hash BIGINT NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    loaded_at TIMESTAMP NOT NULL DEFAULT GETDATE(),
    PRIMARY KEY (symbol, ex_date)
)
DISTSTYLE AUTO
SORTKEY (ex_date);

INSERT INTO ops.load_turn (table_name) VALUES ('market.fact_dividend');

COMMENT ON TABLE market.fact_dividend IS 'One symbol''s cash dividend, as the source gives it.';
COMMENT ON COLUMN market.fact_dividend.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.fact_dividend.ex_date IS 'The first session without the dividend.';
COMMENT ON COLUMN market.fact_dividend.amount IS 'Cash per share, in the currency of the listing.';
COMMENT ON COLUMN market.fact_dividend.declaration_date IS 'When it was declared; null where the source does not say.';
COMMENT ON COLUMN market.fact_dividend.record_date IS 'Whose holders get it; null where the source does not say.';
COMMENT ON COLUMN market.fact_dividend.payment_date IS 'When it is paid; null where the source does not say.';
COMMENT ON COLUMN market.fact_dividend.row_hash IS 'Hash of the values; another hash is another version.';
COMMENT ON COLUMN market.fact_dividend.observed_at IS 'When these values were first observed, UTC.';
COMMENT ON COLUMN market.fact_dividend.capture_key IS 'The S3 key of the response they were read from.';
COMMENT ON COLUMN market.fact_dividend.run_id IS 'The run that wrote the row last.';
COMMENT ON COLUMN market.fact_dividend.loaded_at IS 'When the row was written last, UTC.';
