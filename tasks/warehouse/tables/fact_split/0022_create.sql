-- One symbol's split, as the source gives it; a spin-off may be told as one.
-- Grain: one row for each symbol and effective date.
-- Key: symbol, effective_date; informational in Redshift, proven after every load.
-- Limits: factors need not be whole numbers: IBM's spin-off of Kyndryl is 1.046, Apple's split of 2014 was once told as 7.00000700001.
-- Sorted by effective_date, because questions are about a span of dates. DISTSTYLE AUTO and no ENCODE: naming one encoding would end automatic
-- encoding for the whole table.
CREATE TABLE market.fact_split (
    symbol VARCHAR(32) NOT NULL,
    effective_date DATE NOT NULL,
    split_factor DECIMAL(28, 13) NOT NULL,
    row_hash BIGINT NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    capture_key VARCHAR(512) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    loaded_at TIMESTAMP NOT NULL DEFAULT GETDATE(),
    PRIMARY KEY (symbol, effective_date)
)
DISTSTYLE AUTO
SORTKEY (effective_date);

INSERT INTO ops.load_turn (table_name) VALUES ('market.fact_split');

COMMENT ON TABLE market.fact_split IS 'One symbol''s split, as the source gives it; a spin-off may be told as one.';
COMMENT ON COLUMN market.fact_split.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.fact_split.effective_date IS 'The first session at the new count of shares.';
COMMENT ON COLUMN market.fact_split.split_factor IS 'Shares after for each share before.';
COMMENT ON COLUMN market.fact_split.row_hash IS 'Hash of the values; another hash is another version.';
COMMENT ON COLUMN market.fact_split.observed_at IS 'When these values were first observed, UTC.';
COMMENT ON COLUMN market.fact_split.capture_key IS 'The S3 key of the response they were read from.';
COMMENT ON COLUMN market.fact_split.run_id IS 'The run that wrote the row last.';
COMMENT ON COLUMN market.fact_split.loaded_at IS 'When the row was written last, UTC.';
