"""The system views of what is declared of AWS's other services, and of policies."""

from infra.local.redshift.system_log_rows import rows_of

_DECLARED = "{schema}.declared d where d.kind ="

DECLARED_ROWS: dict[str, tuple[frozenset[str], str]] = {
    "svv_datashares": rows_of(
        "share_name share_owner source_database share_type is_publicaccessible",
        f"""select name as share_name, 100 as share_owner, '{{database}}' as source_database, 'OUTBOUND' as share_type,
            cast(details->>'$.public' as boolean) as is_publicaccessible from {_DECLARED} 'datashare'""",
    ),
    "svv_datashare_objects": rows_of(
        "share_type share_name object_type object_name",
        f"""select 'OUTBOUND' as share_type, name as share_name, object[1] as object_type, object[2] as object_name from (select name,
            unnest(cast(details->'$.objects' as varchar[][])) as object from {_DECLARED} 'datashare')""",
    ),
    "svv_ml_model_info": rows_of(
        "user_name schema_name model_name life_cycle is_refreshable model_state",
        f"""select owner as user_name, schema_name, name as model_name, 'Current' as life_cycle, 1 as is_refreshable,
            'TRAINING' as model_state from {_DECLARED} 'model'""",
    ),
    "svv_identity_providers": rows_of(
        "uid name type namespc params enabled",
        f"""select row_number() over (order by name) as uid, name, details->>'$.type' as type, details->>'$.namespace' as namespc,
            details->>'$.params' as params, 't' as enabled from {_DECLARED} 'identity'""",
    ),
    "pg_library": rows_of(
        "name language_oid file_store_id owner",
        f"""select name, 108648 as language_oid, row_number() over (order by name) as file_store_id, 100 as owner
            from {_DECLARED} 'library'""",
    ),
}
"""By name: the columns a text fills, and the text."""
