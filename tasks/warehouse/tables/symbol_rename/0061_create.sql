-- Symbols that were renamed, and the series that their rows belong to.
-- Grain: one row for each rename.
-- Key: old_symbol, renamed_on; informational in Redshift.
-- Limits: what deployments/symbol_renames.yaml says, no more; `tickerhouse migrate` brings the table to it.
-- Sorted by old_symbol, because it is joined by it; a copy on every node, because it is small.
CREATE TABLE market.symbol_rename (
    old_symbol VARCHAR(32) NOT NULL,
    new_symbol VARCHAR(32) NOT NULL,
    renamed_on DATE NOT NULL,
    used_from DATE NOT NULL,
    series_symbol VARCHAR(32) NOT NULL,
    PRIMARY KEY (old_symbol, renamed_on)
)
DISTSTYLE ALL
SORTKEY (old_symbol);

COMMENT ON TABLE market.symbol_rename IS 'Symbols that were renamed, from deployments/symbol_renames.yaml.';
COMMENT ON COLUMN market.symbol_rename.old_symbol IS 'The symbol before.';
COMMENT ON COLUMN market.symbol_rename.new_symbol IS 'The symbol from then on.';
COMMENT ON COLUMN market.symbol_rename.renamed_on IS 'The first session under the new symbol.';
COMMENT ON COLUMN market.symbol_rename.used_from IS 'Rows of the old symbol before this session are of another series; 1900-01-01 where there is none.';
COMMENT ON COLUMN market.symbol_rename.series_symbol IS 'The newest symbol of the series, after all later renames.';
