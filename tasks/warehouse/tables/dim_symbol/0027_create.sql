-- What is listed under a symbol, in every version that was known: name, exchange, kind, sector, dates.
-- Grain: one row for each version of a listing; a listing is a symbol with an IPO date, so a symbol that returns with another IPO date
--   is a row of its own.
-- Key: symbol, ipo_date, valid_from.
-- Limits: valid_from and valid_to are moments of observation (UTC): when we knew it, not when it happened. The newest version of every
--   listing has no valid_to; a listing ends with its delisting date, or when a later IPO date takes its symbol. Sector and industry come
--   from OVERVIEW, which is asked for a few symbols only; null elsewhere.
-- Sorted by symbol, because it is joined by it; a copy on every node, because it is small.
CREATE TABLE market.dim_symbol (
    symbol VARCHAR(32) NOT NULL,
    ipo_date DATE,
    name VARCHAR(512) NOT NULL,
    exchange VARCHAR(64) NOT NULL,
    asset_type VARCHAR(32) NOT NULL,
    sector VARCHAR(128),
    industry VARCHAR(128),
    delisting_date DATE,
    status VARCHAR(16) NOT NULL,
    row_hash BIGINT NOT NULL,
    capture_key VARCHAR(512) NOT NULL,
    valid_from TIMESTAMP NOT NULL,
    valid_to TIMESTAMP,
    run_id VARCHAR(64) NOT NULL,
    loaded_at TIMESTAMP NOT NULL DEFAULT GETDATE()
)
DISTSTYLE ALL
SORTKEY (symbol);

INSERT INTO ops.load_turn (table_name) VALUES ('market.dim_symbol');

COMMENT ON TABLE market.dim_symbol IS 'What is listed under a symbol, in every version that was known.';
COMMENT ON COLUMN market.dim_symbol.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.dim_symbol.ipo_date IS 'First trading date of the listing; null where the source does not say.';
COMMENT ON COLUMN market.dim_symbol.name IS 'The name of the security, white space trimmed; empty where the source has none.';
COMMENT ON COLUMN market.dim_symbol.exchange IS 'The exchange in the source''s spelling, e.g. NYSE.';
COMMENT ON COLUMN market.dim_symbol.asset_type IS 'Stock or ETF.';
COMMENT ON COLUMN market.dim_symbol.sector IS 'The sector of the company; null where OVERVIEW was not asked.';
COMMENT ON COLUMN market.dim_symbol.industry IS 'The industry of the company; null where OVERVIEW was not asked.';
COMMENT ON COLUMN market.dim_symbol.delisting_date IS 'Last trading date; null while it is listed.';
COMMENT ON COLUMN market.dim_symbol.status IS 'Active or Delisted.';
COMMENT ON COLUMN market.dim_symbol.row_hash IS 'Hash of the listing''s values, sector and industry aside.';
COMMENT ON COLUMN market.dim_symbol.capture_key IS 'The S3 key of the response they were read from.';
COMMENT ON COLUMN market.dim_symbol.valid_from IS 'When this version was first observed, UTC.';
COMMENT ON COLUMN market.dim_symbol.valid_to IS 'When its successor was observed, UTC; null for the newest version.';
COMMENT ON COLUMN market.dim_symbol.run_id IS 'The run that wrote the version.';
COMMENT ON COLUMN market.dim_symbol.loaded_at IS 'When the row was written, UTC.';
