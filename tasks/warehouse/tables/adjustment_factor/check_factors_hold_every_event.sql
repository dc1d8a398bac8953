-- Check: block. What a symbol's factors count adds up to its dividends and splits, up to its last bar.
-- Counts the symbols where it does not: an event was left out, or counted twice.
-- Grain: one row.
-- Key: none.
-- Limits: looks at the symbols of this load. Splits are multiplied, so their logarithms are added, and compared within what rounding leaves.
SELECT COUNT(*) AS violations, MIN(due.symbol) AS example
FROM (
    SELECT
        action.symbol,
        SUM(action.dividend_amount) AS dividends,
        SUM(LN(CAST(action.split_factor AS DOUBLE PRECISION))) AS splits
    FROM market.corporate_action AS action
    INNER JOIN (
        SELECT bar.symbol, MAX(bar.session_date) AS last_session
        FROM market.fact_daily_price AS bar
        INNER JOIN ${symbols} AS chosen ON chosen.symbol = bar.symbol
        GROUP BY bar.symbol
    ) AS reach ON reach.symbol = action.symbol AND action.ex_date <= reach.last_session
    GROUP BY action.symbol
) AS due
LEFT JOIN (
    SELECT
        factor.symbol,
        SUM(factor.dividend_amount) AS dividends,
        SUM(LN(CAST(factor.split_factor AS DOUBLE PRECISION))) AS splits
    FROM market.adjustment_factor AS factor
    INNER JOIN ${symbols} AS chosen ON chosen.symbol = factor.symbol
    GROUP BY factor.symbol
) AS held ON held.symbol = due.symbol
WHERE held.symbol IS NULL OR held.dividends <> due.dividends OR ABS(held.splits - due.splits) > 0.000001;
