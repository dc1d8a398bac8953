-- Why a COPY failed, where its message names no query: a load's session sends no other COPY.
-- Grain: one row for each value or file that was refused, twenty at most.
-- Key: none.
-- Limits: as load_errors.sql; older than an hour is another session that had the same number.
SELECT query_id, file_name, column_name, error_code, error_message
FROM sys_load_error_detail
WHERE session_id = %s AND start_time > DATEADD(hour, -1, GETDATE())
ORDER BY start_time
LIMIT 20;
