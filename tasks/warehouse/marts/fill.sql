-- Makes the periods (${period}) that touched bars lie in.
-- Grain: one row for each ${key}.
-- Key: ${key}.
-- Limits: reads the bars of those periods only.
INSERT INTO ${target} (
    ${columns}
)
SELECT
    symbol,
    ${start},
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
        chosen.${start},
        bar."open",
        bar.high,
        bar.low,
        bar.close,
        bar.volume,
        ROW_NUMBER() OVER (PARTITION BY bar.symbol, chosen.${start} ORDER BY bar.session_date) AS place,
        ROW_NUMBER() OVER (PARTITION BY bar.symbol, chosen.${start} ORDER BY bar.session_date DESC) AS place_from_end
    FROM (SELECT DISTINCT symbol, CAST(DATE_TRUNC('${period}', session_date) AS DATE) AS ${start} FROM ${touched}) AS chosen
    INNER JOIN market.fact_daily_price AS bar
        ON bar.symbol = chosen.symbol
        AND CAST(DATE_TRUNC('${period}', bar.session_date) AS DATE) = chosen.${start}
    WHERE bar.session_date BETWEEN ${first} - 31 AND ${last} + 31
) AS placed
GROUP BY symbol, ${start};
