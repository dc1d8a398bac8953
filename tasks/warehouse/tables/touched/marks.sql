-- The suffixes (.LON) and prefixes (FRA:) of the symbols of touched bars; each may name another exchange than New York's.
-- Grain: one row for each.
-- Key: mark.
-- Limits: as they are spelled; what they stand for is in tasks/exchanges.py.
SELECT DISTINCT
    NVL(NULLIF(REGEXP_SUBSTR(symbol, '^[A-Z]{3,6}:'), ''), NULLIF(REGEXP_SUBSTR(symbol, '[.][A-Z]{3}$'), '')) AS mark
FROM ${touched}
WHERE STRPOS(symbol, '.') + STRPOS(symbol, ':') > 0;
