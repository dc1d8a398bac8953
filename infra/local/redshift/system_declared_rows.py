"""The system views of what is declared of AWS's other services, and of policies."""

from infra.local.redshift.system_log_rows import rows_of

_DECLARED = "{schema}.declared d where d.kind ="

_INPUTS = """(select '[' || string_agg('{"colname":"' || p.inputs[i] || '","type":"' || p.types[i] || '"}', ',' order by i) || ']'
    from range(1, len(p.inputs) + 1) as positions(i))"""

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
    "svv_external_tables": rows_of(
        "redshift_database_name schemaname tablename tabletype location input_format parameters",
        f"""select '{{database}}' as redshift_database_name, schema_name as schemaname, name as tablename, 'EXTERNAL TABLE' as tabletype,
            details->>'$.location' as location, details->>'$.format' as input_format, '{{}}' as parameters from {_DECLARED} 'external table'""",
    ),
    "svv_external_columns": rows_of(
        "redshift_database_name schemaname tablename columnname external_type columnnum part_key is_nullable",
        f"""select '{{database}}' as redshift_database_name, schema_name as schemaname, name as tablename, held[1] as columnname,
            held[2] as external_type, place as columnnum, greatest(place - whole, 0) as part_key, 'true' as is_nullable from (select schema_name,
            name, unnest(columns) as held, unnest(range(1, len(columns) + 1)) as place, whole from (select schema_name, name,
            cast(details->'$.columns' as varchar[][]) || cast(details->'$.partitioned' as varchar[][]) as columns,
            json_array_length(details, '$.columns') as whole from {_DECLARED} 'external table'))""",
    ),
    "svv_external_partitions": rows_of(
        "schemaname tablename values location",
        f"""select schema_name as schemaname, name as tablename, part->>'$.values' as "values", part->>'$.location' as location
            from (select schema_name, name, unnest(cast(details->'$.partitions' as json[])) as part from {_DECLARED} 'external table')""",
    ),
    "svv_masking_policy": rows_of(
        "policy_database policy_name input_columns policy_expression policy_modified_by",
        f"""select '{{database}}' as policy_database, name as policy_name, {_INPUTS} as input_columns,
            '[{{"expr":' || to_json(expression) || '}}]' as policy_expression, definer as policy_modified_by
            from {{schema}}.policy p where p.kind = 'masking'""",
    ),
    "svv_attached_masking_policy": rows_of(
        "policy_name schema_name table_name table_type grantor grantee grantee_type priority input_columns output_columns",
        """select policy as policy_name, schema_name, table_name, 'table' as table_type, grantor, grantee, grantee_kind as grantee_type, priority,
           to_json(case when len(inputs) > 0 then inputs else outputs end) as input_columns, to_json(outputs) as output_columns
           from {schema}.attached_policy where kind = 'masking'""",
    ),
    "svv_rls_policy": rows_of(
        "poldb polname polalias polatts polqual polenabled polmodifiedby",
        f"""select '{{database}}' as poldb, name as polname, alias as polalias, {_INPUTS} as polatts, expression as polqual,
            true as polenabled, definer as polmodifiedby from {{schema}}.policy p where p.kind = 'rls'""",
    ),
    "svv_rls_attached_policy": rows_of(
        "relschema relname relkind polname grantor grantee granteekind is_pol_on is_rls_on rls_conjunction_type",
        """select a.schema_name as relschema, a.table_name as relname, 'table' as relkind, a.policy as polname, a.grantor, a.grantee,
           a.grantee_kind as granteekind, true as is_pol_on, r.table_name is not null as is_rls_on,
           lower(coalesce(r.conjunction, 'AND')) as rls_conjunction_type from {schema}.attached_policy a left join {schema}.row_security r
           on r.schema_name = a.schema_name and r.table_name = a.table_name where a.kind = 'rls'""",
    ),
    "svv_rls_relation": rows_of(
        "datname relschema relname relkind is_rls_on is_rls_datashare_on rls_conjunction_type",
        """select '{database}' as datname, schema_name as relschema, table_name as relname, 'table' as relkind, true as is_rls_on,
           true as is_rls_datashare_on, lower(conjunction) as rls_conjunction_type from {schema}.row_security""",
    ),
}
"""By name: the columns a text fills, and the text."""
