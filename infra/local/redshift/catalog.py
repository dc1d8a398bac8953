"""The tables in each database file that stand behind the catalog.

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
    identity_by_default boolean, default_text varchar
"""

MATERIALIZED_VIEW = "table_schema varchar, table_name varchar, definition varchar, stored_query varchar"

_SYSTEM_SCHEMAS = f"('{CATALOG_SCHEMA}', 'main', 'information_schema', 'pg_catalog')"

_TABLES = {
    "column_definition": COLUMN_DEFINITION,
    "materialized_view": MATERIALIZED_VIEW,
    "dependency": "schema_name varchar, object_name varchar, on_schema varchar, on_name varchar, on_columns varchar[]",
    "view_text": "schema_name varchar, view_name varchar, definition varchar",
    "table_constraint": "schema_name varchar, table_name varchar, constraint_name varchar, kind varchar, column_names varchar[], "
    "on_schema varchar, on_table varchar, on_columns varchar[]",
    "layout": "schema_name varchar, table_name varchar, style varchar",
    "late_view": "schema_name varchar, view_name varchar, query varchar, column_names varchar[]",
    "external_schema": "schema_name varchar, database_name varchar, source varchar",
    "declared": "kind varchar, schema_name varchar, name varchar, details varchar, owner varchar",
    "policy": "kind varchar, name varchar, inputs varchar[], types varchar[], expression varchar, alias varchar, definer varchar",
    "attached_policy": "kind varchar, policy varchar, schema_name varchar, table_name varchar, outputs varchar[], inputs varchar[], "
    "grantee_kind varchar, grantee varchar, priority integer, grantor varchar",
    "row_security": "schema_name varchar, table_name varchar, conjunction varchar",
    "routine": "kind varchar, name varchar, arguments varchar, returns varchar, body varchar, definition varchar, owner varchar",
    "role": "role_name varchar",
    "user_group": "group_name varchar",
    "user_account": "user_name varchar, user_id integer, is_superuser boolean, creates_databases boolean",
    "membership": "kind varchar, name varchar, member_kind varchar, member varchar",
    "owner": "schema_name varchar, object_name varchar, owner varchar",
    "granted": "object_kind varchar, schema_name varchar, object_name varchar, privilege varchar, grantee_kind varchar, grantee varchar, "
    "grantable boolean",
    "default_grant": "creator varchar, schema_name varchar, object_kind varchar, privilege varchar, grantee_kind varchar, grantee varchar, "
    "grantable boolean",
}
TABLES = (
    f"create schema if not exists {CATALOG_SCHEMA}",
    "create schema if not exists public",
    *(f"create table if not exists {CATALOG_SCHEMA}.{name}({columns})" for name, columns in _TABLES.items()),
    f"alter table {CATALOG_SCHEMA}.column_definition add column if not exists identity_by_default boolean",
    f"alter table {CATALOG_SCHEMA}.column_definition add column if not exists default_text varchar",
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
       d.is_nullable, case when k.identity_start is not null then '"' || if(k.identity_by_default, 'default_identity', 'identity')
           || '"(' || d.table_oid || ', ' || (k.position - 1) || ', ''' || k.identity_start || ',' || k.identity_step || '''::text)'
       else coalesce(k.default_text, k.default_sql, d.column_default) end as column_default,
       d.numeric_precision, d.numeric_scale, d.comment as remarks,
       coalesce(k.primary_key, false) as primary_key, replace(coalesce(k.encoding, 'none'), 'raw', 'none') as encoding,
       coalesce(k.distribution_key, false) as distribution_key, coalesce(k.sort_position, 0) as sort_position
from duckdb_columns() d
left join {CATALOG_SCHEMA}.column_definition k
  on k.table_schema = d.schema_name and k.table_name = d.table_name and k.column_name = d.column_name
where d.database_name = '{{database}}' and d.schema_name not in {_SYSTEM_SCHEMAS} and not d.internal
and not exists (select 1 from {CATALOG_SCHEMA}.late_view l where l.schema_name = d.schema_name and l.view_name = d.table_name)
"""

_RELATIONS = f"""
create or replace view {CATALOG_SCHEMA}.known_table as
select schema_name, table_name, 'TABLE' as table_type, comment as remarks, estimated_size, table_oid as oid, schema_oid from duckdb_tables()
where database_name = '{{database}}' and schema_name not in {_SYSTEM_SCHEMAS}
union all
select schema_name, view_name, 'VIEW', comment, null, view_oid, schema_oid from duckdb_views()
where database_name = '{{database}}' and schema_name not in {_SYSTEM_SCHEMAS} and not internal
"""

_CONSTRAINTS = f"""
create or replace view {CATALOG_SCHEMA}.known_constraint as
select t.oid, t.schema_oid, t.oid * 1000 + row_number() over (partition by t.oid order by c.kind desc, c.constraint_name) as number,
       c.*, [held.places[name] for name in c.column_names if held.places[name] is not null] as positions
from (select * from {CATALOG_SCHEMA}.table_constraint union all
      select k.schema_name, k.table_name, k.table_name || '_pkey', 'p', list(k.column_name order by k.position), null, null, null
      from {CATALOG_SCHEMA}.known_column k anti join {CATALOG_SCHEMA}.table_constraint s
      on s.kind = 'p' and s.schema_name = k.schema_name and s.table_name = k.table_name where k.primary_key group by 1, 2, 3, 4) c
join {CATALOG_SCHEMA}.known_table t on t.schema_name = c.schema_name and t.table_name = c.table_name
join (select schema_name, table_name, map(list(column_name), list(position)) as places
      from {CATALOG_SCHEMA}.known_column group by 1, 2) held
  on held.schema_name = c.schema_name and held.table_name = c.table_name
"""


def catalog_statements(database: str) -> list[str]:
    """Return the statements that make a database file's catalog; each may run again at every opening."""
    return [
        *TABLES,
        *(
            view.replace("{schema}", CATALOG_SCHEMA).replace("{{database}}", database).replace("{database}", database)
            for view in (_COLUMNS, _RELATIONS, _CONSTRAINTS)
        ),
    ]
