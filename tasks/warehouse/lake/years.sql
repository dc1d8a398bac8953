-- The years of which the table has rows.
-- Grain: one row for each year.
-- Key: year.
-- Limits: reads one column of the whole table; sent where nothing is known of the lake's files, and after a rebuild.
SELECT CAST(EXTRACT(YEAR FROM ${date(held)}) AS INTEGER) AS session_year FROM ${table} AS held GROUP BY 1 ORDER BY 1;
