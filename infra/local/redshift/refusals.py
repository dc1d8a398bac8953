"""What DuckDB or sqlglot would accept and Redshift does not: refused here, as loudly as Redshift refuses it."""

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error

_NODES = (
    (exp.Returning, "RETURNING"),
    (exp.OnConflict, "INSERT ... ON CONFLICT"),
    (exp.Filter, "the FILTER clause of an aggregate"),
    (exp.Lambda, "a lambda expression"),
    (exp.Struct, "a struct literal"),
    (exp.CheckColumnConstraint, "a CHECK constraint"),
    (exp.Lateral, "a LATERAL subquery"),
    (exp.ReadCSV, "reading a file in FROM"),
    (exp.ReadParquet, "reading a file in FROM"),
    (exp.TableSample, "TABLESAMPLE"),
)

# Functions that sqlglot has no node for and that Redshift has; any other unknown name is an unknown function.
_FUNCTIONS = frozenset(
    [
        "pg_last_copy_count",
        "pg_last_copy_id",
        "pg_last_query_id",
        "pg_backend_pid",
        "version",
        "current_setting",
        "current_schemas",
        "has_schema_privilege",
        "has_table_privilege",
        "has_database_privilege",
        "obj_description",
        "col_description",
        "pg_get_viewdef",
        "btrim",
        "textlen",
        "octet_length",
        "char_length",
        "character_length",
        "quote_ident",
        "quote_literal",
        "replicate",
        "repeat",
        "to_hex",
        "crc32",
        "sha",
        "add_months",
        "months_between",
        "next_day",
        "last_day",
        "to_number",
        "date_cmp",
        "dexp",
        "dlog1",
        "dlog10",
        "cbrt",
        "degrees",
        "radians",
        "is_valid_json",
        "is_valid_json_array",
        "json_array_length",
        "json_extract_array_element_text",
        "json_serialize",
        "json_parse",
        "get_array_length",
        "array_concat",
        "array_flatten",
        "subarray",
        "split_to_array",
        "is_array",
        "is_object",
        "is_varchar",
        "bool_and",
        "bool_or",
        "bit_and",
        "bit_or",
        "any_value",
        "stddev_samp",
        "stddev_pop",
        "var_samp",
        "var_pop",
        "cume_dist",
        "percent_rank",
        "ntile",
        "isnull",
        "ifnull",
        "nvl",
        "nvl2",
        "greatest",
        "least",
        "substring",
        "left",
        "right",
        "lpad",
        "rpad",
        "initcap",
        "translate",
        "ascii",
        "chr",
        "concat",
        "position",
        "strpos",
        "charindex",
        "regexp_count",
        "regexp_instr",
        "regexp_replace",
        "regexp_substr",
        "trunc",
        "round",
        "ceil",
        "ceiling",
        "floor",
        "power",
        "sqrt",
        "exp",
        "ln",
        "log",
        "mod",
        "sign",
        "random",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "atan2",
        "pi",
    ]
)


def refuse_what_redshift_lacks(tree: exp.Expression) -> None:
    """Check a statement's tree.

    Raises:
        StatementFailed: 0A000 or 42601 naming the construct, 42883 for a function Redshift does not have.
    """
    for node in tree.walk():
        for kind, construct in _NODES:
            if isinstance(node, kind):
                raise not_supported(construct)
        if isinstance(node, exp.Distinct) and node.args.get("on"):
            raise not_supported("SELECT DISTINCT ON")
        if isinstance(node, exp.Group) and node.args.get("all"):
            raise syntax_error('at or near "ALL"')
        if isinstance(node, exp.Join) and (node.method or "").upper() in {"ASOF", "POSITIONAL"}:
            raise syntax_error(f'at or near "{node.method}"')
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Func) and node.this.sql_name().lower() != "generate_series":
            raise not_supported("a function in FROM")
        if isinstance(node, exp.Anonymous) and node.name.lower() not in _FUNCTIONS:
            raise StatementFailed("42883", f"function {node.name.lower()}() does not exist")


def refuse_merge(tree: exp.Merge) -> None:
    """Check a MERGE against Redshift's restrictions (AWS, r_MERGE).

    Raises:
        StatementFailed: 42601 naming the restriction.
    """
    target, source = tree.this, tree.args["using"]
    if not isinstance(source, exp.Table):
        raise syntax_error("the source of MERGE must be a table, not a subquery")
    if tree.args.get("with_") or tree.args.get("with"):
        raise syntax_error("WITH is not allowed in MERGE")
    if target.alias:
        raise syntax_error("the target of MERGE cannot have an alias")
    if _name(target) == _name(source):
        raise syntax_error("source and target of MERGE cannot be the same table")
    whens = tree.args["whens"].expressions
    arms = [bool(when.args.get("matched")) for when in whens]
    extra = any(when.args.get("condition") or when.args.get("source") for when in whens)
    if arms != [True, False] or extra:
        raise syntax_error("MERGE takes exactly WHEN MATCHED and WHEN NOT MATCHED, in this order and without further conditions")


def _name(table: exp.Table) -> tuple[str, str]:
    return table.db.lower(), table.name.lower()
