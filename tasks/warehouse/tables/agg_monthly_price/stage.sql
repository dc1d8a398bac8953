-- Makes the months that touched bars lie in.
-- Grain: one row for each symbol and month.
-- Key: symbol, month_start.
-- Limits: gone with the session; reads the bars of those months only.
CREATE TEMP TABLE ${stage} AS
SELECT
    symbol,
    month_start,
    MIN(session_date) AS first_session,
    MAX(session_date) AS last_session,
    CAST(COUNT(*) AS INTEGER) AS session_count,
    MAX(CASE WHEN place = 1 THEN "open" END) AS "open",
    MAX(high) AS high,
    MIN(low) AS low,
    MAX(CASE WHEN place_from_end = 1 THEN close END) AS close,
    CAST(SUM(volume) AS BIGINT) AS volume
FROM (
    SELECT
        bar.symbol,
        bar.session_date,
        chosen.month_start,
        bar."open",
        bar.high,
        bar.low,
        bar.close,
        bar.volume,
        ROW_NUMBER() OVER (PARTITION BY bar.symbol, chosen.month_start ORDER BY bar.session_date) AS place,
        ROW_NUMBER() OVER (PARTITION BY bar.symbol, chosen.month_start ORDER BY bar.session_date DESC) AS place_from_end
    FROM (SELECT DISTINCT symbol, CAST(DATE_TRUNC('month', session_date) AS DATE) AS month_start FROM ${touched}) AS chosen
    INNER JOIN market.fact_daily_price AS bar
        ON bar.symbol = chosen.symbol
        AND CAST(DATE_TRUNC('month', bar.session_date) AS DATE) = chosen.month_start
    WHERE bar.session_date BETWEEN ${first} - 31 AND ${last} + 31
) AS placed
GROUP BY symbol, month_start;
