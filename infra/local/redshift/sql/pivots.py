"""PIVOT and UNPIVOT. Source: AWS, r_FROM_clause-pivot-unpivot-examples.html."""

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, syntax_error_near
from infra.local.redshift.sql.builders import shared
from infra.local.redshift.sql.expressions import Expressions
from infra.local.redshift.sql.labels import label
from infra.local.redshift.sql.operators import compared
from infra.local.redshift.sql.scopes import Columns, Scope, Source
from infra.local.redshift.sql.sql_types import VARCHAR
from infra.local.redshift.sql.values import Typed, cast, identifier, quoted


def pivoted(node: exp.Expression, sql: str, columns: Columns, expressions: Expressions) -> tuple[str, Columns]:
    """Return a relation after PIVOT or UNPIVOT.

    Raises:
        StatementFailed: 42601 and 42703 for a pivot that is none.
    """
    scope = Scope(sources=[Source("p", columns)])
    if node.args.get("unpivot"):
        return _unpivoted(node, sql, columns, expressions)
    fields = node.args.get("fields") or []
    if len(fields) != 1 or not isinstance(fields[0], exp.In) or node.args.get("group"):
        raise syntax_error_near("pivot")
    by = expressions.value(fields[0].this, scope)
    used = {expressions.name(column.this) for item in [*node.expressions, fields[0].this] for column in item.find_all(exp.Column)}
    kept = [(name, kind) for name, kind in columns if name not in used]
    selected = [(name, Typed(f"p.{identifier(name)}", kind)) for name, kind in kept]
    for wanted in fields[0].expressions:
        value = expressions.value(wanted.unalias(), scope)
        shown = (
            expressions.name(wanted.args["alias"]) if isinstance(wanted, exp.PivotAlias | exp.Alias) else str(value.text or wanted.sql())
        )
        for aggregate in node.expressions:
            inner = aggregate.unalias()
            if not isinstance(inner, exp.Anonymous) or not inner.expressions:
                raise syntax_error_near("pivot")
            condition = f"{by.sql} IS NULL" if value.is_null else compared("=", by, value).sql
            arguments = [exp.column("pivoted", quoted=True) if isinstance(inner.expressions[0], exp.Star) else inner.expressions[0]]
            column = Typed("1", VARCHAR) if isinstance(inner.expressions[0], exp.Star) else expressions.value(arguments[0], scope)
            chosen = Scope(sources=[Source("c", (("pivoted", column.type),))])
            call = inner.copy()
            call.set("expressions", [exp.column("pivoted", quoted=True)])
            found = expressions.value(call, chosen)
            told = found.sql.replace('"c"."pivoted"', f"(CASE WHEN {condition} THEN {column.sql} END)")
            name = f"{shown}_{aggregate.alias or label(inner, expressions.name)}" if aggregate.alias or len(node.expressions) > 1 else shown
            selected.append((name.lower(), Typed(told, found.type)))
    grouping = f" GROUP BY {', '.join(str(index + 1) for index in range(len(kept)))}" if kept else ""
    listed = ", ".join(f"{value.sql} AS {identifier(name)}" for name, value in selected)
    return f"SELECT {listed} FROM {sql} AS p{grouping}", tuple((name, value.type) for name, value in selected)


def _unpivoted(node: exp.Expression, sql: str, columns: Columns, expressions: Expressions) -> tuple[str, Columns]:
    fields = node.args.get("fields") or []
    if len(fields) != 1 or len(node.expressions) != 1 or not isinstance(fields[0], exp.In):
        raise syntax_error_near("unpivot")
    value_name, name_name = expressions.name(node.expressions[0]), expressions.name(fields[0].this)
    known = dict(columns)
    chosen = []
    for item in fields[0].expressions:
        name = expressions.name(item.unalias())
        if name not in known:
            raise StatementFailed("42703", f'column "{name}" does not exist')
        chosen.append((name, str(item.alias or name).lower()))
    kept = [(name, kind) for name, kind in columns if name not in dict(chosen)]
    kind = shared([Typed(identifier(name), known[name]) for name, _ in chosen], "UNPIVOT")
    includes = bool(node.args.get("include_nulls"))
    branches = []
    for name, shown in chosen:
        held = cast(Typed(f"p.{identifier(name)}", known[name]), kind).sql
        listed = [*(f"p.{identifier(one)} AS {identifier(one)}" for one, _ in kept), f"{quoted(shown)} AS {identifier(name_name)}"]
        listed.append(f"{held} AS {identifier(value_name)}")
        where = "" if includes else f" WHERE p.{identifier(name)} IS NOT NULL"
        branches.append(f"SELECT {', '.join(listed)} FROM {sql} AS p{where}")
    return " UNION ALL ".join(branches), (*kept, (name_name, VARCHAR), (value_name, kind))
