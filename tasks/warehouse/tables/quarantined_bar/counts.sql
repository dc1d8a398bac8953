-- How many bars are quarantined for the first time, per symbol; none is ever changed.
-- Grain: one row for each symbol with such a bar.
-- Key: symbol.
-- Limits: symbols of which all bars are known are absent.
SELECT symbol, COUNT(*) AS bars_new, 0 AS bars_changed FROM ${delta} GROUP BY symbol ORDER BY symbol;
