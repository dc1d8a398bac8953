-- One check among others, so that all checks of a table are one statement; they are joined by UNION ALL (checks.py).
-- Grain: one row.
-- Key: place.
-- Limits: the check is the whole statement of a check's file.
SELECT ${place} AS place, found.violations, CAST(found.example AS VARCHAR(512)) AS example
FROM (
${check}
) AS found;
