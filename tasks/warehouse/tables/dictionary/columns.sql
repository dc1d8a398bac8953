-- Every column with its type and comment.
-- Grain: one row for each column.
-- Key: table_schema, table_name, column_name.
-- Limits: sees only what the session's user may see; a decimal's digits are put into its type, a text's bytes likewise.
SELECT
    table_schema,
    table_name,
    column_name,
    CASE
        WHEN data_type = 'numeric' THEN 'numeric(' || CAST(numeric_precision AS VARCHAR(4)) || ',' || CAST(numeric_scale AS VARCHAR(4)) || ')'
        WHEN data_type LIKE 'character%' THEN 'varchar(' || CAST(character_maximum_length AS VARCHAR(8)) || ')'
        ELSE data_type
    END AS full_type,
    is_nullable,
    remarks
FROM svv_columns
WHERE table_schema IN ('market', 'ops')
ORDER BY table_schema, table_name, ordinal_position;
