"""The rows of system views that tell what the server did and does: statements, loads, sessions, locks."""


def rows_of(columns: str, text: str) -> tuple[frozenset[str], str]:
    """Return the columns a text fills, and the text."""
    return frozenset(columns.split()), text


def _who(source: str) -> str:
    """Return who did it, by number; the log knows names, which are looked up when somebody asks."""
    return f"coalesce((select max(u.user_id) from {{schema}}.user_account u where u.user_name = {source}.user_name), 100)"


LOG_ROWS: dict[str, tuple[frozenset[str], str]] = {
    "sys_load_history": rows_of(
        "user_id query_id transaction_id session_id database_name status table_name start_time end_time duration data_source file_format "
        "loaded_rows loaded_bytes source_file_count source_file_bytes file_count_scanned file_bytes_scanned error_count",
        f"""select *, loaded_bytes as source_file_bytes, source_file_count as file_count_scanned, loaded_bytes as file_bytes_scanned,
           {_who("embedded_sys_load_history")} as user_id from embedded_sys_load_history""",
    ),
    "sys_load_error_detail": rows_of(
        "user_id query_id transaction_id session_id database_name table_id start_time file_name line_number column_name column_type column_length "
        "position error_code error_message table_name raw_field_value raw_line",
        f"""select *, {_who("embedded_sys_load_error_detail")} as user_id, query_id as transaction_id, 0 as table_id, 0 as position,
           regexp_extract(column_type, '\\((\\d+)', 1) as column_length from embedded_sys_load_error_detail""",
    ),
    "stl_load_errors": rows_of(
        "userid slice tbl starttime session query filename line_number colname type col_length position raw_line raw_field_value err_code "
        "err_reason is_partial start_offset",
        f"""select {_who("e")} as userid, 0 as slice, coalesce((select max(t.oid) from {{schema}}.known_table t where t.table_name = e.table_name), 0) as tbl,
           start_time as starttime, session_id as session, query_id as query, file_name as filename, line_number, column_name as colname,
           column_type as type, regexp_extract(column_type, '\\((\\d+)', 1) as col_length, 0 as position, raw_line, raw_field_value,
           error_code as err_code, error_message as err_reason, 0 as is_partial, 0 as start_offset from embedded_sys_load_error_detail e""",
    ),
    "stl_load_commits": rows_of(
        "userid query slice filename lines_scanned errors curtime status file_format",
        f"""select {_who("embedded_sys_load_history")} as userid, query_id as query, 0 as slice, data_source as filename, loaded_rows as lines_scanned, 0 as errors,
           end_time as curtime, 1 as status, file_format from embedded_sys_load_history where status = 'completed'""",
    ),
    "sys_unload_history": rows_of(
        "user_id query_id transaction_id session_id database_name status start_time end_time duration file_format unloaded_location unloaded_rows "
        "unloaded_files_count unloaded_files_size",
        f"select *, {_who('embedded_sys_unload_history')} as user_id from embedded_sys_unload_history",
    ),
    "sys_query_history": rows_of(
        "user_id query_id query_label transaction_id session_id database_name query_type status result_cache_hit start_time end_time elapsed_time "
        "queue_time execution_time error_message query_text compute_type lock_wait_time",
        f"""select *, {_who("embedded_sys_query_history")} as user_id, 'default' as query_label, query_id as transaction_id, false as result_cache_hit,
           start_time + to_microseconds(elapsed_time) as end_time, 0 as queue_time, elapsed_time as execution_time, 'primary' as compute_type,
           0 as lock_wait_time from embedded_sys_query_history""",
    ),
    "sys_query_text": rows_of(
        "user_id query_id transaction_id session_id start_time sequence text",
        f"""select {_who("embedded_sys_query_history")} as user_id, query_id, query_id as transaction_id, session_id, start_time, 0 as sequence, query_text as text
           from embedded_sys_query_history""",
    ),
    "stl_query": rows_of(
        "userid query label xid pid database querytxt starttime endtime aborted",
        f"""select {_who("embedded_sys_query_history")} as userid, query_id as query, 'default' as label, query_id as xid, session_id as pid, database_name as database,
           query_text as querytxt, start_time as starttime, start_time + to_microseconds(elapsed_time) as endtime,
           case status when 'failed' then 1 else 0 end as aborted from embedded_sys_query_history""",
    ),
    "stv_recents": rows_of(
        "userid status starttime duration user_name db_name query pid",
        f"""select {_who("embedded_sys_query_history")} as userid, 'Done' as status, start_time as starttime, elapsed_time as duration, user_name,
            database_name as db_name, query_text as query, session_id as pid from embedded_sys_query_history""",
    ),
    "stl_querytext": rows_of(
        "userid xid pid query sequence text",
        f"""select {_who("embedded_sys_query_history")} as userid, query_id as xid, session_id as pid, query_id as query, 0 as sequence, query_text as text
           from embedded_sys_query_history""",
    ),
    "svl_qlog": rows_of(
        "userid query xid pid starttime endtime elapsed aborted label substring",
        f"""select {_who("embedded_sys_query_history")} as userid, query_id as query, query_id as xid, session_id as pid, start_time as starttime,
           start_time + to_microseconds(elapsed_time) as endtime, elapsed_time as elapsed, case status when 'failed' then 1 else 0 end as aborted,
           'default' as label, query_text[:60] as substring from embedded_sys_query_history""",
    ),
    "svl_statementtext": rows_of(
        "userid xid pid label starttime endtime sequence type text",
        f"""select {_who("embedded_sys_query_history")} as userid, query_id as xid, session_id as pid, 'default' as label, start_time as starttime,
           start_time + to_microseconds(elapsed_time) as endtime, 0 as sequence,
           case when query_type in ('QUERY', 'INSERT', 'UPDATE', 'DELETE', 'COPY', 'MERGE') then 'QUERY' else 'UTILITY' end as type,
           query_text as text from embedded_sys_query_history""",
    ),
    "stl_error": rows_of(
        "userid process recordtime pid error context",
        f"""select {_who("embedded_sys_query_history")} as userid, 'padbmaster' as process, start_time as recordtime, session_id as pid, error_message as error, '' as context
           from embedded_sys_query_history where status = 'failed'""",
    ),
    **dict.fromkeys(
        ("stv_sessions", "pg_stat_activity", "sys_session_history"),
        rows_of(
            "starttime process user_name db_name timeout_sec datname procpid usesysid usename session_id database_name status user_id pid userid "
            "start_time",
            f"""select started as starttime, started as start_time, number as process, user_name, database_name as db_name, 0 as timeout_sec,
               database_name as datname, number as procpid, {_who("embedded_sessions")} as usesysid, user_name as usename, number as session_id, database_name,
               'active' as status, {_who("embedded_sessions")} as user_id, {_who("embedded_sessions")} as userid, number as pid from embedded_sessions""",
        ),
    ),
    **dict.fromkeys(
        ("stv_locks", "svv_transactions", "pg_locks"),
        rows_of(
            "table_id lock_owner lock_owner_pid lock_status txn_owner txn_db xid pid lock_mode lockable_object_type relation granted mode",
            """select coalesce(t.oid, 0) as table_id, l.owner as lock_owner, l.owner as lock_owner_pid, l.mode as lock_status,
               '' as txn_owner, l.database_name as txn_db, l.owner as xid, l.owner as pid, l.mode as lock_mode, l.mode,
               'relation' as lockable_object_type, coalesce(t.oid, 0) as relation, true as granted
               from embedded_locks l left join {schema}.known_table t on t.schema_name = l.schema_name and t.table_name = l.table_name""",
        ),
    ),
}
"""By name: the columns a text fills, and the text."""
