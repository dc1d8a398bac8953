-- What happened to one symbol's bars since a date: its splits, its dividends, and the sessions of which a bar was restated.
-- Grain: one row for each event, and one for each restated session.
-- Key: session_date and what happened.
-- Limits: the words are the split's factor, the dividend's amount, or how often the bar was restated. Ten thousand at most.
SELECT
    effective_date AS session_date,
    'split' AS what,
    CAST(split_factor AS VARCHAR(64)) AS words
FROM market.fact_split
WHERE symbol = CAST(%s AS VARCHAR(32)) AND effective_date >= CAST(%s AS DATE)
UNION ALL
SELECT
    ex_date,
    'dividend',
    CAST(amount AS VARCHAR(64))
FROM market.fact_dividend
WHERE symbol = CAST(%s AS VARCHAR(32)) AND ex_date >= CAST(%s AS DATE)
UNION ALL
SELECT
    session_date,
    'restated',
    CAST(COUNT(*) AS VARCHAR(64))
FROM market.fact_daily_price_revision
WHERE symbol = CAST(%s AS VARCHAR(32)) AND session_date >= CAST(%s AS DATE)
GROUP BY session_date
ORDER BY 1, 2
LIMIT 10000;
