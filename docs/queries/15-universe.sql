-- Which symbols were listed on a date, those that have ended since included? Change the date in the first line of the statement.
-- Needs: a run of listings.
-- Empty: nothing was listed on that date as far as the source goes back.
WITH wanted AS (SELECT DATE '2020-06-30' AS day)
SELECT universe.symbol, universe.series_symbol, universe.name, universe.exchange, universe.asset_type, universe.listed_from, universe.listed_to
FROM market.universe AS universe
INNER JOIN wanted ON universe.listed_from <= wanted.day AND (universe.listed_to IS NULL OR universe.listed_to >= wanted.day)
ORDER BY universe.symbol, universe.listed_from;
