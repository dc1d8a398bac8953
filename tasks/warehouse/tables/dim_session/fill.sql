-- Adds sessions that arrive as one text of fixed width: date (10), close in UTC (16), early or not (1). One bound value in place of
-- thousands, of which a statement takes 32,767 at most.
-- Grain: one row for each session of the text.
-- Key: exchange, session_date.
-- Limits: 2,400 sessions in one text, because VARCHAR ends at 65,535 bytes.
INSERT INTO market.dim_session (exchange, session_date, session_number, closes_at, is_early_close)
SELECT
    CAST(%s AS VARCHAR(16)) AS exchange,
    CAST(SUBSTRING(packed.sessions, place.position * 27 + 1, 10) AS DATE) AS session_date,
    CAST(%s AS INTEGER) + place.position AS session_number,
    CAST(SUBSTRING(packed.sessions, place.position * 27 + 11, 16) AS TIMESTAMP) AS closes_at,
    SUBSTRING(packed.sessions, place.position * 27 + 27, 1) = '1' AS is_early_close
FROM (SELECT CAST(%s AS VARCHAR(65535)) AS sessions) AS packed
CROSS JOIN (
    SELECT thousands.digit * 1000 + hundreds.digit * 100 + tens.digit * 10 + units.digit AS position
    FROM (SELECT 0 AS digit UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS units
    CROSS JOIN (SELECT 0 AS digit UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS tens
    CROSS JOIN (SELECT 0 AS digit UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS hundreds
    CROSS JOIN (SELECT 0 AS digit UNION ALL SELECT 1 UNION ALL SELECT 2) AS thousands
) AS place
WHERE place.position < CAST(%s AS INTEGER);
