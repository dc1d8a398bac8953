-- Why a COPY failed, by the query its message names.
-- Grain: one row for each value or file that was refused, twenty at most.
-- Key: none.
-- Limits: some causes are only in the client's message; then there are no rows. A user sees the errors of own loads only.
SELECT query_id, file_name, column_name, error_code, error_message
FROM sys_load_error_detail
WHERE query_id = %s
ORDER BY start_time
LIMIT 20;
