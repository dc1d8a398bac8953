-- Check: block. Every exchange's sessions stand once and are numbered without a gap, in the order of their dates.
-- Counts the sessions that are not: two of them would not differ by the sessions between them.
-- Grain: one row.
-- Key: none.
-- Limits: that each is a session at all is the calendar's word, not the table's.
SELECT COUNT(*) AS violations, MIN(numbered.exchange || ' ' || CAST(numbered.session_date AS VARCHAR(10))) AS example
FROM (
    SELECT
        held.exchange,
        held.session_date,
        held.session_number,
        ROW_NUMBER() OVER (PARTITION BY held.exchange ORDER BY held.session_date, held.session_number) AS place
    FROM market.dim_session AS held
) AS numbered
WHERE numbered.session_number <> numbered.place;
