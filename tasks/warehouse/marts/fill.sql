-- Makes the periods (${period}) that touched bars lie in, those that stand in the mart with the same values left out.
-- Grain: one row for each ${key} that is new or different.
-- Key: ${key}.
-- Limits: reads the bars and the rows of those periods only; a period begins at most 31 days before the bars. Bound are twice the
--   calendars that symbols, suffixes and prefixes name, as |.LON=XLON|FRA:=XFRA|SHEL=XLON|, and New York's.
INSERT INTO ${target} (
    ${columns}
)
SELECT
    ${columns(made)}
FROM (
    SELECT summed.*, NVL(summed.last_session >= ends.last_session, FALSE) AS is_complete
    FROM (
        SELECT
            symbol,
            ${start},
            NVL(
                NULLIF(SPLIT_PART(SPLIT_PART(%s, '|' || symbol || '=', 2), '|', 1), ''),
                NULLIF(SPLIT_PART(SPLIT_PART(
                    %s,
                    '|' || NVL(NULLIF(REGEXP_SUBSTR(symbol, '^[A-Z]{3,6}:'), ''), REGEXP_SUBSTR(symbol, '[.][A-Z]{3}$')) || '=',
                    2
                ), '|', 1), ''),
                %s
            ) AS exchange,
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
        GROUP BY symbol, ${start}
    ) AS summed
    LEFT JOIN (
        SELECT exchange, CAST(DATE_TRUNC('${period}', session_date) AS DATE) AS ${start}, MAX(session_date) AS last_session
        FROM market.dim_session
        WHERE session_date BETWEEN ${first} - 31 AND ${last} + 31
        GROUP BY exchange, CAST(DATE_TRUNC('${period}', session_date) AS DATE)
    ) AS ends
        ON ends.exchange = summed.exchange
        AND ends.${start} = summed.${start}
) AS made
LEFT JOIN ${table} AS held
    ON held.symbol = made.symbol
    AND held.${start} = made.${start}
    AND held.${start} BETWEEN ${first} - 31 AND ${last}
WHERE held.symbol IS NULL
    OR NOT (
        ${same(held, made)}
    );
