-- The currency of a symbol's prices, from OVERVIEW, so that a price says what it is counted in.
-- Grain: none; a column.
-- Key: none.
-- Limits: null where OVERVIEW was not asked, and in versions that were written before this column.
ALTER TABLE market.dim_symbol ADD COLUMN currency VARCHAR(16);

COMMENT ON COLUMN market.dim_symbol.currency IS 'The currency of its prices, e.g. USD; null where OVERVIEW was not asked.';
