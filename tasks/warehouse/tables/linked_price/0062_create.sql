-- Prices by series: the rows of renamed symbols under the newest symbol of their series, each with the symbol it was received under.
-- Grain: one row for each series and session.
-- Key: series_symbol, session_date.
-- Limits: as market.symbol_rename knows renames. Where old and new symbol both have a session, the one that was in use counts. Prices are
--   unadjusted. Name the series and a span of sessions in WHERE.
CREATE VIEW market.linked_price AS
SELECT
    NVL(rename.series_symbol, price.symbol) AS series_symbol,
    price.symbol,
    price.session_date,
    price."open",
    price.high,
    price.low,
    price.close,
    price.volume,
    price.observed_at
FROM market.fact_daily_price AS price
LEFT JOIN market.symbol_rename AS rename
    ON rename.old_symbol = price.symbol
    AND price.session_date < rename.renamed_on
    AND price.session_date >= rename.used_from
QUALIFY ROW_NUMBER() OVER (
    PARTITION BY NVL(rename.series_symbol, price.symbol), price.session_date
    ORDER BY NVL(rename.renamed_on, DATE '9999-12-31'), price.symbol
) = 1;

COMMENT ON VIEW market.linked_price IS 'Prices by series: the rows of renamed symbols under the newest symbol of their series.';
COMMENT ON COLUMN market.linked_price.series_symbol IS 'The newest symbol of the series; the symbol itself where it was not renamed.';
COMMENT ON COLUMN market.linked_price.symbol IS 'The symbol the row was received under.';
COMMENT ON COLUMN market.linked_price.session_date IS 'The session.';
COMMENT ON COLUMN market.linked_price."open" IS 'Opening price.';
COMMENT ON COLUMN market.linked_price.high IS 'Highest price.';
COMMENT ON COLUMN market.linked_price.low IS 'Lowest price.';
COMMENT ON COLUMN market.linked_price.close IS 'Closing price, adjusted for nothing.';
COMMENT ON COLUMN market.linked_price.volume IS 'Shares traded.';
COMMENT ON COLUMN market.linked_price.observed_at IS 'When these values were first observed, UTC.';
