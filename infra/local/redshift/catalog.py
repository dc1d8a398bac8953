"""The catalog views a client asks, and the tables in each database file that stand behind them.

What DuckDB knows (columns, NOT NULL, defaults, comments) is read from DuckDB; what only Redshift has (declared types, byte lengths,
unenforced keys, layout, roles, materialized views) is kept in the schema ``embedded`` of the same file and so shares its
transactions and survives a restart.
"""

from infra.local.redshift.names import CATALOG_SCHEMA

# ruff: noqa: S608 - every text here is our own

COLUMN_DEFINITION = """
    table_schema varchar, table_name varchar, position integer, column_name varchar, declared_type varchar, stored_type varchar,
    byte_length integer, nullable boolean, default_sql varchar, identity_start bigint, identity_step bigint,
    identity_sequence varchar, primary_key boolean, encoding varchar, distribution_key boolean, sort_position integer,
    identity_by_default boolean
"""

MATERIALIZED_VIEW = "table_schema varchar, table_name varchar, definition varchar, stored_query varchar"

_SYSTEM_SCHEMAS = f"('{CATALOG_SCHEMA}', 'main', 'information_schema', 'pg_catalog')"

TABLES = (
    f"create schema if not exists {CATALOG_SCHEMA}",
    "create schema if not exists public",
    f"create table if not exists {CATALOG_SCHEMA}.column_definition({COLUMN_DEFINITION})",
    f"alter table {CATALOG_SCHEMA}.column_definition add column if not exists identity_by_default boolean",
    f"create table if not exists {CATALOG_SCHEMA}.dependency(schema_name varchar, object_name varchar, on_schema varchar, on_name varchar, "
    "on_columns varchar[])",
    f"create table if not exists {CATALOG_SCHEMA}.materialized_view({MATERIALIZED_VIEW})",
    f"create table if not exists {CATALOG_SCHEMA}.role(role_name varchar)",
    f"create table if not exists {CATALOG_SCHEMA}.privilege_statement(statement varchar)",
    f"create table if not exists {CATALOG_SCHEMA}.user_account(user_name varchar, user_id integer, is_superuser boolean, creates_databases boolean)",
    f"create table if not exists {CATALOG_SCHEMA}.user_group(group_name varchar)",
    f"create table if not exists {CATALOG_SCHEMA}.external_schema(schema_name varchar, database_name varchar, source varchar)",
    f"create table if not exists {CATALOG_SCHEMA}.datashare(share_name varchar)",
    f"create table if not exists {CATALOG_SCHEMA}.routine(kind varchar, name varchar, arguments varchar, returns varchar, body varchar, "
    "definition varchar, owner varchar)",
    f"create table if not exists {CATALOG_SCHEMA}.membership(kind varchar, name varchar, member_kind varchar, member varchar)",
    f"create table if not exists {CATALOG_SCHEMA}.owner(schema_name varchar, object_name varchar, owner varchar)",
    f"create table if not exists {CATALOG_SCHEMA}.granted(object_kind varchar, schema_name varchar, object_name varchar, privilege varchar, "
    "grantee_kind varchar, grantee varchar, grantable boolean)",
    f"create table if not exists {CATALOG_SCHEMA}.default_grant(creator varchar, schema_name varchar, object_kind varchar, privilege varchar, "
    "grantee_kind varchar, grantee varchar, grantable boolean)",
)

_COLUMNS = f"""
create or replace view {CATALOG_SCHEMA}.known_column as
select d.database_name, d.schema_name, d.table_name, d.column_name, d.column_index as position,
       coalesce(k.declared_type, case
           when starts_with(d.data_type, 'DECIMAL') then 'numeric' || substr(d.data_type, 8)
           else coalesce(map {{'VARCHAR': 'character varying', 'INTEGER': 'integer', 'BIGINT': 'bigint', 'SMALLINT': 'smallint',
                'HUGEINT': 'numeric(38,0)', 'FLOAT': 'real', 'DOUBLE': 'double precision', 'BOOLEAN': 'boolean', 'DATE': 'date',
                'TIME': 'time without time zone', 'TIMESTAMP': 'timestamp without time zone', 'JSON': 'super',
                'TIMESTAMP WITH TIME ZONE': 'timestamp with time zone', 'BLOB': 'binary varying'}}[d.data_type], lower(d.data_type)) end)
           as full_type,
       coalesce(k.byte_length, case when d.data_type = 'VARCHAR' then 65535 end) as byte_length,
       d.is_nullable, coalesce(k.default_sql, d.column_default) as column_default,
       d.numeric_precision, d.numeric_scale, d.comment as remarks,
       coalesce(k.primary_key, false) as primary_key, coalesce(k.encoding, 'none') as encoding,
       coalesce(k.distribution_key, false) as distribution_key, coalesce(k.sort_position, 0) as sort_position
from duckdb_columns() d
left join {CATALOG_SCHEMA}.column_definition k
  on k.table_schema = d.schema_name and k.table_name = d.table_name and k.column_name = d.column_name
where d.database_name = '{{database}}' and d.schema_name not in {_SYSTEM_SCHEMAS} and not d.internal
"""

_RELATIONS = f"""
create or replace view {CATALOG_SCHEMA}.known_table as
select schema_name, table_name, 'TABLE' as table_type, comment as remarks, estimated_size, table_oid as oid, schema_oid from duckdb_tables()
where database_name = '{{database}}' and schema_name not in {_SYSTEM_SCHEMAS}
union all
select schema_name, view_name, 'VIEW', comment, null, view_oid, schema_oid from duckdb_views()
where database_name = '{{database}}' and schema_name not in {_SYSTEM_SCHEMAS} and not internal
"""

_VIEWS = {
    "svv_columns": """
        select database_name as table_catalog, schema_name as table_schema, table_name, column_name, position as ordinal_position,
               column_default,
               case when is_nullable then 'YES' else 'NO' end as is_nullable, split_part(full_type, '(', 1) as data_type,
               byte_length as character_maximum_length, numeric_precision, numeric_scale, remarks
        from {schema}.known_column""",
    "svv_all_columns": """
        select database_name, schema_name, table_name, column_name, position as ordinal_position, column_default,
               case when is_nullable then 'YES' else 'NO' end as is_nullable, split_part(full_type, '(', 1) as data_type,
               byte_length as character_maximum_length, numeric_precision, numeric_scale, remarks
        from {schema}.known_column""",
    "svv_redshift_columns": """
        select database_name, schema_name, table_name, column_name, position as ordinal_position, full_type as data_type, column_default,
               case when is_nullable then 'YES' else 'NO' end as is_nullable, encoding, distribution_key as distkey,
               sort_position as sortkey, remarks
        from {schema}.known_column""",
    "pg_table_def": """
        select c.schema_name as schemaname, c.table_name as tablename, c.column_name as "column", c.full_type as "type", c.encoding,
               c.distribution_key as distkey, c.sort_position as sortkey, not c.is_nullable as "notnull"
        from {schema}.known_column c join {schema}.known_table t
          on t.schema_name = c.schema_name and t.table_name = c.table_name and t.table_type = 'TABLE'""",
    "pg_indexes": """
        select schema_name as schemaname, table_name as tablename, table_name || '_pkey' as indexname,
               'CREATE UNIQUE INDEX ' || table_name || '_pkey ON ' || schema_name || '.' || table_name || ' USING btree ('
               || string_agg(column_name, ', ' order by position) || ')' as indexdef
        from {schema}.known_column where primary_key group by schema_name, table_name""",
    "pg_namespace": f"""
        select oid, schema_name as nspname from duckdb_schemas()
        where database_name = '{{database}}' and schema_name not in {_SYSTEM_SCHEMAS}""",
    "pg_class": """
        select oid, table_name as relname, schema_oid as relnamespace, case table_type when 'TABLE' then 'r' else 'v' end as relkind
        from {schema}.known_table""",
    "pg_attribute": """
        select t.oid as attrelid, c.column_name as attname, c.position as attnum, not c.is_nullable as attnotnull
        from {schema}.known_column c join {schema}.known_table t on t.schema_name = c.schema_name and t.table_name = c.table_name""",
    "pg_description": """
        select oid as objoid, 0 as objsubid, remarks as description from {schema}.known_table where remarks is not null
        union all
        select t.oid, c.position, c.remarks
        from {schema}.known_column c join {schema}.known_table t on t.schema_name = c.schema_name and t.table_name = c.table_name
        where c.remarks is not null""",
    "pg_tables": """
        select schema_name as schemaname, table_name as tablename, 'embedded' as tableowner
        from {schema}.known_table where table_type = 'TABLE'""",
    "pg_views": f"""
        select schema_name as schemaname, view_name as viewname, 'embedded' as viewowner, sql as definition from duckdb_views()
        where database_name = '{{database}}' and schema_name not in {_SYSTEM_SCHEMAS} and not internal""",
    "svv_tables": """
        select '{database}' as table_catalog, schema_name as table_schema, table_name,
               case table_type when 'TABLE' then 'BASE TABLE' else table_type end as table_type, remarks
        from {schema}.known_table""",
    "svv_all_tables": """
        select '{database}' as database_name, schema_name, table_name, table_type, remarks from {schema}.known_table""",
    "svv_redshift_tables": """
        select '{database}' as database_name, schema_name, table_name, table_type, remarks from {schema}.known_table""",
    "svv_table_info": """
        select '{database}' as "database", t.schema_name as "schema", t.table_name as "table", t.estimated_size::numeric(38,0) as tbl_rows,
               coalesce((select max(case when k.distribution_key then 'KEY(' || k.column_name || ')' end) from {schema}.known_column k
                         where k.schema_name = t.schema_name and k.table_name = t.table_name), 'AUTO') as diststyle,
               (select max(case when k.sort_position = 1 then k.column_name end) from {schema}.known_column k
                where k.schema_name = t.schema_name and k.table_name = t.table_name) as sortkey1
        from {schema}.known_table t where t.table_type = 'TABLE'""",
    "svv_redshift_schemas": f"""
        select '{{database}}' as database_name, schema_name, 'local' as schema_type from duckdb_schemas()
        where database_name = '{{database}}' and schema_name not in {_SYSTEM_SCHEMAS}""",
    "svv_roles": """
        select row_number() over (order by role_name) as role_id, role_name, 'embedded' as role_owner, null::varchar as external_id
        from {schema}.role""",
    "svv_mv_info": """
        select '{database}' as database_name, table_schema as schema_name, table_name as name, 'embedded' as user_name, 'N' as is_stale,
               0 as state, 'f' as autorefresh
        from {schema}.materialized_view""",
    "stv_mv_info": """
        select '{database}' as db_name, table_schema as "schema", table_name as name, 0 as state from {schema}.materialized_view""",
}


CATALOG_VIEWS = frozenset(_VIEWS)
INFORMATION_SCHEMA = {"tables": "svv_tables", "columns": "svv_columns"}


def catalog_statements(database: str) -> list[str]:
    """Return the statements that make a database file's catalog; each may run again at every opening."""
    views = [_COLUMNS, _RELATIONS]
    views += [f"create or replace view {CATALOG_SCHEMA}.{name} as {body}" for name, body in _VIEWS.items()]
    return [
        *TABLES,
        *(view.replace("{schema}", CATALOG_SCHEMA).replace("{{database}}", database).replace("{database}", database) for view in views),
    ]
