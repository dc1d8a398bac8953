-- What was listed when, those that have ended included: the universe of a date is WHERE listed_from <= date AND (listed_to IS NULL OR
-- listed_to >= date).
-- Grain: one row for each listing, a symbol with an IPO date.
-- Key: symbol, listed_from.
-- Limits: as we know it now; known_from says since when we knew of the listing, and market.dim_symbol has its former versions. The source
--   lists US exchanges, and ended listings only as far back as it goes.
CREATE VIEW market.universe AS
SELECT
    listing.symbol,
    NVL(rename.series_symbol, listing.symbol) AS series_symbol,
    listing.name,
    listing.exchange,
    listing.asset_type,
    listing.sector,
    listing.industry,
    listing.listed_from,
    listing.listed_to,
    listing.known_from
FROM (
    SELECT
        version.symbol,
        version.name,
        version.exchange,
        version.asset_type,
        version.sector,
        version.industry,
        NVL(version.ipo_date, DATE '1900-01-01') AS listed_from,
        NVL(
            version.delisting_date,
            LEAD(version.ipo_date) OVER (PARTITION BY version.symbol ORDER BY NVL(version.ipo_date, DATE '1900-01-01')) - 1
        ) AS listed_to,
        version.known_from
    FROM (
        SELECT
            held.symbol,
            held.ipo_date,
            held.name,
            held.exchange,
            held.asset_type,
            held.sector,
            held.industry,
            held.delisting_date,
            MIN(held.valid_from) OVER (PARTITION BY held.symbol, held.ipo_date) AS known_from
        FROM market.dim_symbol AS held
        QUALIFY ROW_NUMBER() OVER (PARTITION BY held.symbol, held.ipo_date ORDER BY held.valid_from DESC) = 1
    ) AS version
) AS listing
LEFT JOIN market.symbol_rename AS rename
    ON rename.old_symbol = listing.symbol
    AND listing.listed_from < rename.renamed_on
    AND listing.listed_from >= rename.used_from;

COMMENT ON VIEW market.universe IS 'What was listed when, those that have ended included.';
COMMENT ON COLUMN market.universe.symbol IS 'The symbol of the listing.';
COMMENT ON COLUMN market.universe.series_symbol IS 'The newest symbol of its series; the symbol itself where it was not renamed.';
COMMENT ON COLUMN market.universe.name IS 'The name of the security.';
COMMENT ON COLUMN market.universe.exchange IS 'The exchange in the source''s spelling, e.g. NYSE.';
COMMENT ON COLUMN market.universe.asset_type IS 'Stock or ETF.';
COMMENT ON COLUMN market.universe.sector IS 'The sector of the company; null where OVERVIEW was not requested.';
COMMENT ON COLUMN market.universe.industry IS 'The industry of the company; null where OVERVIEW was not requested.';
COMMENT ON COLUMN market.universe.listed_from IS 'The first trading date; 1900-01-01 where the source does not say.';
COMMENT ON COLUMN market.universe.listed_to IS 'The last trading date; null while it is listed.';
COMMENT ON COLUMN market.universe.known_from IS 'When the listing was first observed, UTC.';
