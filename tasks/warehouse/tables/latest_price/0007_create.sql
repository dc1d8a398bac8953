-- The newest bar of every symbol beside the one before, for people.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: "before" is the session we hold before, which is not the exchange's where bars are missing; close is unadjusted, so a split
--   shows as a change. Previous values and changes are null for a symbol with one bar.
CREATE VIEW market.latest_price AS
SELECT
    symbol,
    session_date,
    "open",
    high,
    low,
    close,
    volume,
    LAG(session_date) OVER (PARTITION BY symbol ORDER BY session_date) AS previous_session,
    LAG(close) OVER (PARTITION BY symbol ORDER BY session_date) AS previous_close,
    close - LAG(close) OVER (PARTITION BY symbol ORDER BY session_date) AS change,
    CAST(
        100.0 * (close - LAG(close) OVER (PARTITION BY symbol ORDER BY session_date))
        / NULLIF(LAG(close) OVER (PARTITION BY symbol ORDER BY session_date), 0) AS DECIMAL(18, 4)
    ) AS change_percent,
    observed_at
FROM market.fact_daily_price AS price
QUALIFY ROW_NUMBER() OVER (PARTITION BY symbol ORDER BY session_date DESC) = 1;

COMMENT ON VIEW market.latest_price IS 'The newest bar of every symbol beside the one before; change and change_percent are of the unadjusted close.';
