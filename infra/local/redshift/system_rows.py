"""The rows of system views: which columns each text fills, and the text; ``{schema}`` and ``{database}`` are put in when it is asked."""

from infra.local.redshift.credentials import EMBEDDED_USER
from infra.local.redshift.system_declared_rows import DECLARED_ROWS
from infra.local.redshift.system_log_rows import LOG_ROWS, rows_of

_HIDDEN = "('embedded', 'main', 'information_schema', 'pg_catalog')"
_OWNER = f"coalesce((select max(o.owner) from {{schema}}.owner o where o.schema_name = t.schema_name and o.object_name = t.table_name), '{EMBEDDED_USER}')"
_KIND = """case split_part(c.full_type, '(', 1)
    when 'boolean' then 16 when 'bigint' then 20 when 'smallint' then 21 when 'integer' then 23 when 'real' then 700
    when 'double precision' then 701 when 'character' then 1042 when 'character varying' then 1043 when 'date' then 1082
    when 'time without time zone' then 1083 when 'timestamp without time zone' then 1114 when 'timestamp with time zone' then 1184
    when 'interval' then 1186 when 'time with time zone' then 1266 when 'numeric' then 1700 when 'super' then 4000
    when 'binary varying' then 6551 when 'geometry' then 3000 when 'geography' then 3001 when 'hllsketch' then 2935
    else case when starts_with(c.full_type, 'interval year') then 1188 when starts_with(c.full_type, 'interval ') then 1190 else 25 end end"""
_MODIFIER = """case when starts_with(c.full_type, 'numeric') then ((c.numeric_precision << 16) | c.numeric_scale) + 4
    when c.byte_length is not null then c.byte_length + 4 else -1 end"""
_IDENTITY = """case when g.grantee_kind = 'public' then 'public' else g.grantee_kind end as identity_type, g.grantee as identity_name,
    coalesce((select max(u.user_id) from {schema}.user_account u where u.user_name = g.grantee), 0) as identity_id, g.grantable as admin_option"""
_TYPES = (
    (16, "bool", 1),
    (17, "bytea", -1),
    (18, "char", 1),
    (19, "name", 128),
    (20, "int8", 8),
    (21, "int2", 2),
    (23, "int4", 4),
    (25, "text", -1),
    (26, "oid", 4),
    (700, "float4", 4),
    (701, "float8", 8),
    (1042, "bpchar", -1),
    (1043, "varchar", -1),
    (1082, "date", 4),
    (1083, "time", 8),
    (1114, "timestamp", 8),
    (1184, "timestamptz", 8),
    (1186, "interval", 16),
    (1266, "timetz", 12),
    (1700, "numeric", -1),
    (2935, "hllsketch", -1),
    (3000, "geometry", -1),
    (3001, "geography", -1),
    (4000, "super", -1),
    (6551, "varbyte", -1),
)
_TYPE_ROWS = ", ".join(f"({oid}, '{name}', {size})" for oid, name, size in _TYPES)
_ACCOUNTS = f"""(select '{EMBEDDED_USER}' as user_name, 100 as user_id, true as is_superuser, true as creates_databases
    union all select user_name, user_id, is_superuser, creates_databases from {{schema}}.user_account)"""
_USERS = f"""select user_name as usename, user_id as usesysid, creates_databases as usecreatedb, is_superuser as usesuper,
    false as usecatupd, '********' as passwd from {_ACCOUNTS}"""
_BEFORE_QUERY = r"'(?is)^\s*create\s+(or\s+replace\s+)?view\s.*?\sas\s+'"
_STALE = "case when (table_schema, table_name) in (select (table_schema, table_name) from embedded_stale) then 't' else 'f' end"
_PRIMARY = """(select schema_name, table_name, unnest(column_names) as column_name, unnest(positions) as position, constraint_name,
    unnest(range(1, len(column_names) + 1)) as place, oid, schema_oid from {schema}.known_constraint where kind = 'p')"""
_INDEXES = 1_000_000_000
"""Added to a table's oid for its primary key's index: nothing is indexed, but drivers look a key up by it."""
_NAMESPACES = f"""select s.schema_name, s.oid, coalesce((select max(o.owner) from {{schema}}.owner o
    where o.schema_name = s.schema_name and o.object_name = ''), '{EMBEDDED_USER}') as owner
    from duckdb_schemas() s where s.database_name = '{{database}}' and s.schema_name not in {_HIDDEN}"""
# Joined, and not asked for each table: what one subquery needs, DuckDB plans anew for every other of the same query.
_LAID_OUT = """{schema}.known_table t left join (select schema_name, table_name, count(*) as columns, bool_or(primary_key) as has_key,
    max(case when distribution_key then 'KEY(' || column_name || ')' end) as distribution, max(byte_length) as longest,
    max(case when sort_position = 1 then column_name end) as first_sorted, max(abs(sort_position)) as sorted
    from {schema}.known_column group by 1, 2) as held on held.schema_name = t.schema_name and held.table_name = t.table_name
    left join (select schema_name, table_name, max(style) as style from {schema}.layout group by 1, 2) as chosen
    on chosen.schema_name = t.schema_name and chosen.table_name = t.table_name"""
_DISTRIBUTION = "coalesce(held.distribution, chosen.style, 'AUTO(ALL)')"


_COLUMN_NAMES = "ordinal_position column_default is_nullable data_type character_maximum_length numeric_precision numeric_scale remarks"
_COLUMNS = """c.column_name, c.position as ordinal_position, c.column_default, case when c.is_nullable then 'YES' else 'NO' end as is_nullable,
    split_part(c.full_type, '(', 1) as data_type, c.byte_length as character_maximum_length,
    case when c.full_type like 'numeric%' or c.full_type in ('integer', 'bigint', 'smallint') then c.numeric_precision end as numeric_precision,
    case when c.full_type like 'numeric%' then c.numeric_scale end as numeric_scale, c.remarks from {schema}.known_column c"""
_CATALOG_COLUMNS = f"select c.database_name as table_catalog, c.schema_name as table_schema, c.table_name, {_COLUMNS}"
_CATALOG_TABLES = """select '{database}' as table_catalog, schema_name as table_schema, table_name,
    case table_type when 'TABLE' then 'BASE TABLE' else table_type end as table_type, remarks from {schema}.known_table"""
_ALL_TABLES = f"""select '{{database}}' as database_name, t.schema_name, t.table_name, t.table_type, t.remarks, {_OWNER} as table_owner
    from {{schema}}.known_table t"""
_OWNED = """left join (select o.schema_name, o.object_name, max(u.user_id) as user_id from {schema}.owner o
    join {schema}.user_account u on u.user_name = o.owner group by 1, 2) as owned"""
_CLASS = f"""select t.oid, t.oid as reloid, t.table_name as relname, t.schema_oid as relnamespace, coalesce(owned.user_id, 100) as relowner, 0 as relam, t.oid as relfilenode,
    0 as reltablespace, 1 as relpages, coalesce(t.estimated_size, 0) as reltuples, false as relhasindex, false as relisshared, 0 as reltype,
    case t.table_type when 'VIEW' then 'v' else 'r' end as relkind,
    coalesce(held.columns, 0) as relnatts,
    case split_part({_DISTRIBUTION}, '(', 1) when 'EVEN' then 0 when 'KEY' then 1 when 'ALL' then 8 else 9 end as reldiststyle,
    case split_part({_DISTRIBUTION}, '(', 1) when 'EVEN' then 0 when 'KEY' then 1 when 'ALL' then 8 else 10 end as releffectivediststyle,
    false as relhasoids, t.table_type = 'VIEW' as relhasrules, false as relhassubclass,
    coalesce(held.has_key, false) as relhaspkey from {_LAID_OUT}
    {_OWNED} on owned.schema_name = t.schema_name and owned.object_name = t.table_name"""
_CLASS_AND_INDEXES = f"""{_CLASS} union all by name select p.oid + {_INDEXES} as oid, p.constraint_name as relname,
    p.schema_oid as relnamespace, 100 as relowner, 'i' as relkind, count(*) as relnatts from {_PRIMARY} p group by all"""
_CLASS_NAMES = "relname relnamespace relowner relam relfilenode reltablespace relpages reltuples relkind relnatts reldiststyle reltype"

_ADMINISTERS = """exists(select 1 from {schema}.membership a where a.kind = 'admin' and a.name = m.name
    and a.member_kind = m.member_kind and a.member = m.member) as admin_option"""

ROWS: dict[str, tuple[frozenset[str], str]] = {
    "svv_columns": rows_of(f"table_catalog table_schema table_name column_name {_COLUMN_NAMES}", _CATALOG_COLUMNS),
    "information_schema.columns": rows_of(
        "table_catalog table_schema table_name column_name " + _COLUMN_NAMES.replace(" remarks", ""), _CATALOG_COLUMNS
    ),
    "svv_all_columns": rows_of(
        f"database_name schema_name table_name column_name {_COLUMN_NAMES}",
        f"select c.database_name, c.schema_name, c.table_name, {_COLUMNS}",
    ),
    "svv_redshift_columns": rows_of(
        "database_name schema_name table_name column_name ordinal_position data_type column_default is_nullable encoding distkey sortkey remarks",
        """select database_name, schema_name, table_name, column_name, position as ordinal_position, full_type as data_type, column_default,
           case when is_nullable then 'YES' else 'NO' end as is_nullable, encoding, distribution_key as distkey, sort_position as sortkey, remarks
           from {schema}.known_column""",
    ),
    "svv_tables": rows_of("table_catalog table_schema table_name table_type remarks", _CATALOG_TABLES),
    "information_schema.tables": rows_of("table_catalog table_schema table_name table_type", _CATALOG_TABLES),
    "svv_all_tables": rows_of("database_name schema_name table_name table_type remarks", _ALL_TABLES),
    "svv_redshift_tables": rows_of("database_name schema_name table_name table_type remarks table_owner", _ALL_TABLES),
    **dict.fromkeys(
        ("svv_redshift_schemas", "svv_all_schemas"),
        rows_of(
            "database_name schema_name schema_owner schema_type",
            f"select '{{database}}' as database_name, schema_name, 100 as schema_owner, 'local' as schema_type from ({_NAMESPACES})",
        ),
    ),
    "svv_redshift_databases": rows_of(
        "database_name database_owner database_type database_isolation_level",
        """select database_name, 100 as database_owner, 'local' as database_type, 'Snapshot Isolation' as database_isolation_level
           from duckdb_databases() where not internal and database_name <> 'memory'""",
    ),
    "svv_table_info": rows_of(
        "database schema table_id table encoded diststyle sortkey1 max_varchar sortkey_num size pct_used empty unsorted stats_off tbl_rows "
        "skew_rows estimated_visible_rows",
        f"""select '{{database}}' as database, t.schema_name as schema, t.oid as table_id, t.table_name as "table", {_DISTRIBUTION} as diststyle,
            'Y' as encoded, coalesce(held.first_sorted, 'AUTO(SORTKEY)') as sortkey1, held.longest as max_varchar,
            held.sorted as sortkey_num, 1 as size, 0 as pct_used, 0 as empty, 0 as unsorted, 0 as stats_off,
            t.estimated_size as tbl_rows, null as skew_rows, t.estimated_size as estimated_visible_rows
            from {_LAID_OUT} where t.table_type = 'TABLE'""",
    ),
    "pg_table_def": rows_of(
        "schemaname tablename column type encoding distkey sortkey notnull",
        """select c.schema_name as schemaname, c.table_name as tablename, c.column_name as "column", c.full_type as "type", c.encoding,
           c.distribution_key as distkey, c.sort_position as sortkey, not c.is_nullable as "notnull"
           from {schema}.known_column c join {schema}.known_table t
           on t.schema_name = c.schema_name and t.table_name = c.table_name and t.table_type <> 'VIEW'
           where c.schema_name in (select schema_name from embedded_search_path)
           order by c.schema_name, c.table_name, c.position""",
    ),
    "pg_indexes": rows_of(
        "schemaname tablename indexname indexdef",
        f"""select schema_name as schemaname, table_name as tablename, constraint_name as indexname,
            'CREATE UNIQUE INDEX ' || constraint_name || ' ON ' || schema_name || '.' || table_name || ' USING btree ('
            || string_agg(column_name, ', ' order by place) || ')' as indexdef from {_PRIMARY} group by 1, 2, 3""",
    ),
    "pg_index": rows_of(
        "indexrelid indrelid indkey indnatts indisunique indisprimary",
        f"""select p.oid + {_INDEXES} as indexrelid, p.oid as indrelid, string_agg(p.position::varchar, ' ' order by p.place) as indkey,
            count(*) as indnatts, true as indisunique, true as indisprimary from {_PRIMARY} p group by p.oid""",
    ),
    "pg_constraint": rows_of(
        "oid conname connamespace contype condeferrable condeferred conrelid confrelid conkey confkey",
        """select k.number as oid, k.constraint_name as conname, k.schema_oid as connamespace, k.kind as contype, false as condeferrable,
           false as condeferred, k.oid as conrelid, coalesce(f.oid, 0) as confrelid, '{' || array_to_string(k.positions, ',') || '}' as conkey,
           '{' || (select string_agg(c.position::varchar, ',' order by list_position(k.on_columns, c.column_name))
           from {schema}.known_column c where c.schema_name = k.on_schema and c.table_name = k.on_table
           and list_contains(k.on_columns, c.column_name)) || '}' as confkey
           from {schema}.known_constraint k left join {schema}.known_table f on f.schema_name = k.on_schema and f.table_name = k.on_table""",
    ),
    "information_schema.table_constraints": rows_of(
        "constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name constraint_type is_deferrable initially_deferred",
        f"""select distinct '{{database}}' as constraint_catalog, schema_name as constraint_schema, constraint_name,
            '{{database}}' as table_catalog, schema_name as table_schema, table_name, 'PRIMARY KEY' as constraint_type, 'NO' as is_deferrable,
            'NO' as initially_deferred from {_PRIMARY}""",
    ),
    "information_schema.key_column_usage": rows_of(
        "constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name column_name ordinal_position",
        f"""select '{{database}}' as constraint_catalog, schema_name as constraint_schema, constraint_name, '{{database}}' as table_catalog,
            schema_name as table_schema, table_name, column_name,
            row_number() over (partition by schema_name, table_name order by place) as ordinal_position from {_PRIMARY}""",
    ),
    "information_schema.schemata": rows_of(
        "catalog_name schema_name schema_owner",
        f"select '{{database}}' as catalog_name, schema_name, owner as schema_owner from ({_NAMESPACES})",
    ),
    "information_schema.views": rows_of(
        "table_catalog table_schema table_name view_definition",
        f"""select '{{database}}' as table_catalog, schema_name as table_schema, view_name as table_name, sql as view_definition
            from duckdb_views() where database_name = '{{database}}' and schema_name not in {_HIDDEN} and not internal""",
    ),
    "information_schema.information_schema_catalog_name": rows_of("catalog_name", "select '{database}' as catalog_name"),
    "pg_namespace": rows_of(
        "oid nspname nspowner",
        f"""select n.oid, n.schema_name as nspname, coalesce(owned.user_id, 100) as nspowner from ({_NAMESPACES}) n
            {_OWNED} on owned.schema_name = n.schema_name and owned.object_name = ''
            union all select distinct schema_oid, schema_name, 100 from {{schema}}.known_table where table_type = 'LOCAL TEMPORARY'
            union all select 11, 'pg_catalog', 1 union all select 12, 'information_schema', 1""",
    ),
    "pg_class": rows_of(f"oid {_CLASS_NAMES} relhasindex relisshared relhasoids relhaspkey relhasrules relhassubclass", _CLASS_AND_INDEXES),
    "pg_class_info": rows_of(f"reloid {_CLASS_NAMES} releffectivediststyle", _CLASS),
    **dict.fromkeys(
        ("pg_attribute", "pg_attribute_info"),
        rows_of(
            "attrelid attname atttypid attlen attnum atttypmod attnotnull atthasdef attisdropped attisdistkey attsortkeyord attencodingtype attndims",
            f"""select t.oid as attrelid, c.column_name as attname, {_KIND} as atttypid, -1 as attlen, c.position as attnum, {_MODIFIER} as atttypmod,
            not c.is_nullable as attnotnull, c.column_default is not null as atthasdef, false as attisdropped, c.distribution_key as attisdistkey,
            c.sort_position as attsortkeyord, 0 as attencodingtype, 0 as attndims
            from {{schema}}.known_column c join {{schema}}.known_table t on t.schema_name = c.schema_name and t.table_name = c.table_name
            union all by name select p.oid + {_INDEXES} as attrelid, p.column_name as attname, {_KIND} as atttypid, p.place as attnum,
            {_MODIFIER} as atttypmod, -1 as attlen, true as attnotnull, false as attisdropped from {_PRIMARY} p join {{schema}}.known_column c
            on c.schema_name = p.schema_name and c.table_name = p.table_name and c.column_name = p.column_name""",
        ),
    ),
    "pg_attrdef": rows_of(
        "oid adrelid adnum adbin adsrc",
        """select t.oid * 1000 + c.position as oid, t.oid as adrelid, c.position as adnum, c.column_default as adbin, c.column_default as adsrc
           from {schema}.known_column c join {schema}.known_table t on t.schema_name = c.schema_name and t.table_name = c.table_name
           where c.column_default is not null""",
    ),
    "pg_description": rows_of(
        "objoid classoid objsubid description",
        """select oid as objoid, 1259 as classoid, 0 as objsubid, remarks as description from {schema}.known_table where remarks is not null
           union all select t.oid, 1259, c.position, c.remarks
           from {schema}.known_column c join {schema}.known_table t on t.schema_name = c.schema_name and t.table_name = c.table_name
           where c.remarks is not null""",
    ),
    "pg_tables": rows_of(
        "schemaname tablename tableowner hasindexes hasrules hastriggers",
        f"""select t.schema_name as schemaname, t.table_name as tablename, {_OWNER} as tableowner, false as hasindexes, false as hasrules,
            false as hastriggers from {{schema}}.known_table t where t.table_type = 'TABLE'""",
    ),
    "pg_views": rows_of(
        "schemaname viewname viewowner definition",
        f"""select v.schema_name as schemaname, v.view_name as viewname, {_OWNER.replace("t.table_name", "v.view_name").replace("t.", "v.")}
            as viewowner, coalesce((select max(case when exists (select 1 from {{schema}}.late_view l where l.schema_name = v.schema_name
            and l.view_name = v.view_name) then d.definition else regexp_replace(d.definition, {_BEFORE_QUERY}, '') end)
            from {{schema}}.view_text d where d.schema_name = v.schema_name and d.view_name = v.view_name), v.sql) as definition
            from duckdb_views() v
            where v.database_name = '{{database}}' and v.schema_name not in {_HIDDEN} and not v.internal""",
    ),
    "pg_type": rows_of(
        "oid typname typnamespace typlen typtype typisdefined typdelim typrelid typelem typbasetype typtypmod typnotnull",
        f"""select oid, name as typname, 11 as typnamespace, size as typlen, 'b' as typtype, true as typisdefined, ',' as typdelim, 0 as typrelid,
            0 as typelem, 0 as typbasetype, -1 as typtypmod, false as typnotnull from (values {_TYPE_ROWS}) as types(oid, name, size)""",
    ),
    **dict.fromkeys(
        ("pg_proc", "pg_proc_info"),
        rows_of(
            "oid prooid proname pronamespace prokind prosrc",
            """select row_number() over (order by name) + 100000 as oid, row_number() over (order by name) + 100000 as prooid, name as proname,
               0 as pronamespace, kind[:1] as prokind, body as prosrc from {schema}.routine""",
        ),
    ),
    "svv_redshift_functions": rows_of(
        "database_name schema_name function_name function_type argument_type result_type",
        """select '{database}' as database_name, 'public' as schema_name, name as function_name, upper(kind) as function_type,
           arguments as argument_type, returns as result_type from {schema}.routine""",
    ),
    "information_schema.routines": rows_of(
        "routine_catalog routine_schema routine_name routine_type routine_definition",
        """select '{database}' as routine_catalog, 'public' as routine_schema, name as routine_name, upper(kind) as routine_type,
           body as routine_definition from {schema}.routine""",
    ),
    "pg_language": rows_of("oid lanname", "select oid, lanname from (values (14, 'sql'), (100125, 'plpgsql')) as known(oid, lanname)"),
    **dict.fromkeys(
        ("pg_database", "pg_database_info"),
        rows_of(
            "oid datid datname datdba encoding datistemplate datallowconn",
            """select database_oid as oid, database_oid as datid, database_name as datname, 100 as datdba, 6 as encoding, false as datistemplate,
               true as datallowconn from duckdb_databases() where not internal and database_name <> 'memory'""",
        ),
    ),
    **dict.fromkeys(("pg_user", "pg_user_info", "pg_shadow"), rows_of("usename usesysid usecreatedb usesuper usecatupd passwd", _USERS)),
    **dict.fromkeys(
        ("svv_user_info", "svl_user_info"),
        rows_of(
            "user_name user_id createdb superuser catalog_update usename usesysid usecreatedb usesuper usecatupd",
            f"""select user_name, user_id, creates_databases as createdb, is_superuser as superuser, false as catalog_update,
                user_name as usename, user_id as usesysid, creates_databases as usecreatedb, is_superuser as usesuper, false as usecatupd
                from {_ACCOUNTS}""",
        ),
    ),
    "pg_group": rows_of(
        "groname grosysid grolist",
        """select group_name as groname, 100 + row_number() over (order by group_name) as grosysid,
           '{' || coalesce((select string_agg(u.user_id::varchar, ',') from {schema}.membership m join {schema}.user_account u
           on u.user_name = m.member where m.kind = 'group' and m.name = group_name), '') || '}' as grolist from {schema}.user_group""",
    ),
    "pg_roles": rows_of(
        "rolname rolsuper rolcanlogin oid",
        f"select user_name as rolname, is_superuser as rolsuper, true as rolcanlogin, user_id as oid from {_ACCOUNTS}",
    ),
    "svv_roles": rows_of(
        "role_id role_name role_owner",
        f"select 1000 + row_number() over (order by role_name) as role_id, role_name, '{EMBEDDED_USER}' as role_owner from {{schema}}.role",
    ),
    "svv_role_grants": rows_of(
        "role_name granted_role_name admin_option",
        f"""select member as role_name, name as granted_role_name, {_ADMINISTERS} from {{schema}}.membership m
           where kind = 'role' and member_kind = 'role'""",
    ),
    "svv_user_grants": rows_of(
        "user_name role_name admin_option",
        f"""select member as user_name, name as role_name, {_ADMINISTERS} from {{schema}}.membership m
           where kind = 'role' and member_kind = 'user'""",
    ),
    "svv_relation_privileges": rows_of(
        "namespace_name relation_name privilege_type identity_id identity_name identity_type admin_option",
        f"""select g.schema_name as namespace_name, g.object_name as relation_name, upper(g.privilege) as privilege_type, {_IDENTITY}
            from {{schema}}.granted g where g.object_kind = 'table'""",
    ),
    "svv_column_privileges": rows_of(
        "namespace_name relation_name column_name privilege_type identity_id identity_name identity_type",
        f"""select g.schema_name as namespace_name, g.object_name as relation_name, split_part(rtrim(g.privilege, ')'), '(', 2) as column_name,
            upper(split_part(g.privilege, '(', 1)) as privilege_type, {_IDENTITY} from {{schema}}.granted g where g.object_kind = 'column'""",
    ),
    "svv_schema_privileges": rows_of(
        "namespace_name privilege_type identity_id identity_name identity_type admin_option",
        f"""select g.schema_name as namespace_name, upper(g.privilege) as privilege_type, {_IDENTITY}
            from {{schema}}.granted g where g.object_kind = 'schema'""",
    ),
    **dict.fromkeys(
        ("information_schema.table_privileges", "information_schema.role_table_grants"),
        rows_of(
            "grantor grantee table_catalog table_schema table_name privilege_type is_grantable",
            f"""select '{EMBEDDED_USER}' as grantor, grantee, '{{database}}' as table_catalog, schema_name as table_schema, object_name as table_name,
                upper(privilege) as privilege_type, case when grantable then 'YES' else 'NO' end as is_grantable
                from {{schema}}.granted where object_kind = 'table'""",
        ),
    ),
    "svv_default_privileges": rows_of(
        "schema_name object_type owner_name owner_type privilege_type grantee_name grantee_type admin_option",
        """select nullif(schema_name, '') as schema_name, upper(rtrim(object_kind, 's')) as object_type, creator as owner_name,
           'user' as owner_type, upper(privilege) as privilege_type, grantee as grantee_name, grantee_kind as grantee_type,
           grantable as admin_option from {schema}.default_grant""",
    ),
    "pg_default_acl": rows_of(
        "defacluser defaclobjtype defaclacl",
        """select 100 as defacluser, object_kind[:1] as defaclobjtype, grantee || '=' || privilege as defaclacl from {schema}.default_grant""",
    ),
    "svv_external_schemas": rows_of(
        "esoid eskind schemaname esowner databasename esoptions",
        """select row_number() over (order by schema_name) + 50000 as esoid, 1 as eskind, schema_name as schemaname, 100 as esowner,
           database_name as databasename, '{}' as esoptions from {schema}.external_schema""",
    ),
    "svv_mv_info": rows_of(
        "database_name schema_name user_name name is_stale state autorefresh autorewrite",
        f"""select '{{database}}' as database_name, table_schema as schema_name, '{EMBEDDED_USER}' as user_name, table_name as name, {_STALE} as is_stale,
            0 as state, 'f' as autorefresh, 't' as autorewrite from {{schema}}.materialized_view""",
    ),
    "stv_mv_info": rows_of(
        "db_name schema name is_stale owner_user_name state autorewrite autorefresh",
        f"""select '{{database}}' as db_name, table_schema as schema, table_name as name, {_STALE} as is_stale, '{EMBEDDED_USER}' as owner_user_name,
            0 as state, 't' as autorewrite, 'f' as autorefresh from {{schema}}.materialized_view""",
    ),
    "stv_mv_deps": rows_of(
        "db_name schema name ref_schema ref_name ref_database_name",
        """select '{database}' as db_name, m.table_schema as schema, m.table_name as name, d.on_schema as ref_schema, d.on_name as ref_name,
           '{database}' as ref_database_name from {schema}.materialized_view m join {schema}.dependency d
           on d.schema_name = m.table_schema and d.object_name = m.table_name join {schema}.materialized_view r
           on r.table_schema = d.on_schema and r.table_name = d.on_name""",
    ),
    "pg_settings": rows_of("name setting source", "select name, setting, 'session' as source from embedded_settings"),
    "pg_am": rows_of("oid amname", "select 403 as oid, 'btree' as amname"),
    "pg_tablespace": rows_of("oid spcname spcowner", "select 1663 as oid, 'pg_default' as spcname, 1 as spcowner"),
    "stv_slices": rows_of("node slice localslice type", "select 0 as node, 0 as slice, 0 as localslice, 'D' as type"),
    "stv_tbl_perm": rows_of(
        "slice id name rows sorted_rows temp db_id",
        """select 0 as slice, oid as id, table_name as name, estimated_size as rows, estimated_size as sorted_rows, 0 as temp, 0 as db_id
           from {schema}.known_table where table_type = 'TABLE'""",
    ),
    "pg_stat_user_tables": rows_of(
        "relid schemaname relname",
        "select oid as relid, schema_name as schemaname, table_name as relname from {schema}.known_table where table_type = 'TABLE'",
    ),
    **LOG_ROWS,
    **DECLARED_ROWS,
}
"""By name: the columns a text fills, and the text."""
