"""What is declared of AWS's other services: models, libraries, identity providers, datashares, Lambda functions.

It is remembered for the catalog and told by SHOW, DESC and the system views; nothing here trains, shares or calls anything, so a model
stays in training and a function of Lambda cannot be called.

Sources: AWS, r_CREATE_MODEL.html, r_CREATE_LIBRARY.html, r_CREATE_IDENTITY_PROVIDER.html, r_CREATE_DATASHARE.html,
r_CREATE_EXTERNAL_FUNCTION.html and the pages of ALTER, DROP, DESC and SHOW.
"""

from collections.abc import Callable
from typing import Any

from sqlglot.tokens import TokenType

from infra.local.redshift import declared_memory, privileges, queries
from infra.local.redshift.errors import StatementFailed, syntax_error_near
from infra.local.redshift.lookup import require_schema
from infra.local.redshift.session import Outcome, Session
from infra.local.redshift.sql import grammar
from infra.local.redshift.statement import Statement
from infra.local.redshift.tokens import closing
from infra.local.redshift.types import VARCHAR, Column
from infra.local.redshift.word_reader import WordReader

# ruff: noqa: S608 - names are our own

_NAMES = {"model": "model", "library": "library", "identity": "identity provider", "datashare": "datashare", "function": "function"}
_OF_A_MODEL = frozenset(
    {
        *("RETURNS", "SAGEMAKER", "AUTO", "MODEL_TYPE", "PROBLEM_TYPE", "OBJECTIVE", "PREPROCESSORS", "HYPERPARAMETERS", "SETTINGS"),
        "IAM_ROLE",
    }
)


def create_declared(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE of a model, a library, an identity provider, a datashare or a function of Lambda.

    Raises:
        StatementFailed: 42710 where there is one of that name, 42601, and what the query of a model says.
    """
    reader = WordReader(statement.tokens, 1)
    replaces = reader.taken("OR", "REPLACE")
    reader.taken("EXTERNAL")
    kind = reader.word().lower()
    reader.index += 1
    if kind == "identity":
        reader.expect("PROVIDER")
    schema, name = _name(session, reader)
    details = _READERS[kind](session, statement, reader)
    if declared_memory.known(session, kind, schema, name) is not None and not replaces:
        raise StatementFailed("42710", f'{_NAMES[kind]} "{name}" already exists')
    declared_memory.remember(session, kind, schema, name, details)
    return Outcome(f"CREATE {_NAMES[kind].upper()}")


def drop_declared(session: Session, statement: Statement) -> Outcome:
    """Execute DROP of a model, a library, an identity provider or a datashare.

    Raises:
        StatementFailed: 42704 where there is none.
    """
    reader = WordReader(statement.tokens, 1)
    kind = reader.word().lower()
    reader.index += 1
    if kind == "identity":
        reader.expect("PROVIDER")
    if_exists = reader.taken("IF", "EXISTS")
    schema, name = _name(session, reader)
    if kind == "identity":
        reader.taken("CASCADE")
    reader.expect_end()
    if not (if_exists and declared_memory.known(session, kind, schema, name) is None):
        details(session, kind, schema, name)
        declared_memory.forget(session, kind, schema, name)
    return Outcome(f"DROP {_NAMES[kind].upper()}")


def alter_identity_provider(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER IDENTITY PROVIDER name PARAMETERS 'text'."""
    reader = WordReader(statement.tokens, 2)
    reader.expect("PROVIDER")
    schema, name = _name(session, reader)
    held = details(session, "identity", schema, name)
    reader.expect("PARAMETERS")
    held["params"] = reader.quoted()
    reader.expect_end()
    declared_memory.change(session, "identity", schema, name, held)
    return Outcome("ALTER IDENTITY PROVIDER")


def alter_datashare(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER DATASHARE name {ADD | REMOVE} objects, and its SET.

    Raises:
        StatementFailed: 42704 for a datashare or an object that there is not.
    """
    reader = WordReader(statement.tokens, 2)
    schema, name = _name(session, reader)
    held = details(session, "datashare", schema, name)
    if reader.taken("SET"):
        _share_options(reader, held)
    elif reader.word() in {"ADD", "REMOVE"}:
        adds = reader.word() == "ADD"
        reader.index += 1
        found = _shared(session, reader)
        kept = [pair for pair in held["objects"] if tuple(pair) not in found]
        held["objects"] = [*kept, *(list(pair) for pair in found)] if adds else kept
    else:
        raise syntax_error_near(reader.text())
    declared_memory.change(session, "datashare", schema, name, held)
    return Outcome("ALTER DATASHARE")


def describe(session: Session, statement: Statement) -> Outcome:
    """Execute DESC DATASHARE and DESC IDENTITY PROVIDER (AWS, r_DESC_DATASHARE, r_DESC_IDENTITY_PROVIDER)."""
    reader = WordReader(statement.tokens, 1)
    if reader.taken("IDENTITY", "PROVIDER"):
        schema, name = _name(session, reader)
        held = details(session, "identity", schema, name)
        columns = [Column(label, VARCHAR) for label in ("uid", "name", "type", "instanceid", "namespc", "params", "enabled")]
        return Outcome("DESC", columns, [("1", name, held["type"], None, held["namespace"], held["params"], "t")])
    reader.expect("DATASHARE")
    schema, name = _name(session, reader)
    held = details(session, "datashare", schema, name)
    labels = ("producer_account", "producer_namespace", "share_type", "share_name", "object_type", "object_name", "include_new")
    rows = [(None, None, "OUTBOUND", name, kind, object_name, None) for kind, object_name in held["objects"]]
    return Outcome("DESC", [Column(label, VARCHAR) for label in labels], rows)


def show_models(session: Session, statement: Statement, index: int) -> Outcome:
    """Execute SHOW MODEL {ALL | name} (AWS, r_SHOW_MODEL)."""
    reader = WordReader(statement.tokens, index)
    if reader.taken("ALL"):
        reader.expect_end()
        rows = session.execute(f"select schema_name, name from {declared_memory.MEMORY} where kind = 'model' order by 1, 2")
        return Outcome("SHOW", [Column("Schema Name", VARCHAR), Column("Model Name", VARCHAR)], rows)
    schema, name = _name(session, reader)
    reader.expect_end()
    held = details(session, "model", schema, name)
    pairs = [("Model Name", name), ("Schema Name", schema), ("Owner", held["owner"]), ("Model State", "TRAINING"), ("", "")]
    pairs += [("PARAMETERS:", ""), *((key, value) for key, value in held["parameters"].items())]
    return Outcome("SHOW", [Column("Key", VARCHAR), Column("Value", VARCHAR)], pairs)


def details(session: Session, kind: str, schema: str, name: str) -> dict[str, Any]:
    """Return what is remembered of a declared object.

    Raises:
        StatementFailed: 42704 where there is none.
    """
    held = declared_memory.known(session, kind, schema, name)
    if held is None:
        raise StatementFailed("42704", f'{_NAMES[kind]} "{name}" does not exist')
    return held


def _name(session: Session, reader: WordReader) -> tuple[str, str]:
    parts = reader.name()
    return (parts[-2] if len(parts) > 1 else session.search_path[0]), parts[-1]


def _role(reader: WordReader) -> str:
    """Read what follows IAM_ROLE: DEFAULT or the role's address."""
    return "default" if reader.taken("DEFAULT") else reader.quoted()


def _model(session: Session, statement: Statement, reader: WordReader) -> dict[str, Any]:
    reader.expect("FROM")
    if reader.word() == "(":
        queries.translated(session, grammar.parse(reader.parenthesis(statement.sql)))
    elif reader.tokens[reader.index : reader.index + 1] and reader.tokens[reader.index].token_type == TokenType.STRING:
        reader.index += 1
    else:
        parts = reader.name()
        session.located(parts)
    found: dict[str, str] = {}
    if reader.taken("TARGET"):
        found["Target Column"] = reader.text().lower()
        reader.index += 1
    reader.expect("FUNCTION")
    parts = reader.name()
    found["Function Name"] = parts[-1]
    if reader.word() == "(":
        reader.index = closing(reader.tokens, reader.index) + 1
    while reader.index < len(reader.words):
        option = reader.word()
        if option not in _OF_A_MODEL:
            raise syntax_error_near(reader.text())
        reader.index += 1
        begins = reader.index
        while reader.index < len(reader.words) and (reader.word() not in _OF_A_MODEL or reader.index == begins):
            reader.index = closing(reader.tokens, reader.index) + 1 if reader.word() == "(" else reader.index + 1
        if begins == reader.index:
            raise syntax_error_near("")
        found[option.replace("_", " ").title()] = " ".join(str(token.text) for token in reader.tokens[begins : reader.index])
    return {"parameters": found}


def _library(_session: Session, _statement: Statement, reader: WordReader) -> dict[str, Any]:
    reader.expect("LANGUAGE", "PLPYTHONU", "FROM")
    source = reader.quoted()
    if not source.startswith(("s3://", "https://")):
        raise StatementFailed("22023", f"{source} is neither an address of S3 nor one of https")
    while reader.index < len(reader.words):
        if reader.taken("IAM_ROLE"):
            _role(reader)
        elif reader.taken("CREDENTIALS") or reader.taken("REGION"):
            reader.taken("AS")
            reader.quoted()
        else:
            raise syntax_error_near(reader.text())
    return {"source": source}


def _identity(session: Session, _statement: Statement, reader: WordReader) -> dict[str, Any]:
    privileges.require_superuser(session, "create identity providers")
    reader.expect("TYPE")
    held = {"type": reader.text().lower()}
    reader.index += 1
    reader.expect("NAMESPACE")
    held["namespace"] = reader.quoted()
    reader.expect("PARAMETERS")
    held["params"] = reader.quoted()
    reader.expect_end()
    return held


def _share(_session: Session, _statement: Statement, reader: WordReader) -> dict[str, Any]:
    held: dict[str, Any] = {"objects": [], "public": False}
    reader.taken("SET")
    if reader.index < len(reader.words):
        _share_options(reader, held)
    return held


def _share_options(reader: WordReader, held: dict[str, Any]) -> None:
    """Read PUBLICACCESSIBLE [=] {TRUE | FALSE}, and INCLUDENEW for a schema."""
    includes = reader.word() == "INCLUDENEW"
    if not includes:
        reader.expect("PUBLICACCESSIBLE")
    else:
        reader.index += 1
    reader.taken("=")
    if reader.word() not in {"TRUE", "FALSE"}:
        raise syntax_error_near(reader.text())
    value = reader.word() == "TRUE"
    reader.index += 1
    if includes:
        reader.expect("FOR", "SCHEMA")
        reader.index += 1
    else:
        held["public"] = value
    reader.expect_end()


def _shared(session: Session, reader: WordReader) -> list[tuple[str, str]]:
    """Read the objects of ALTER DATASHARE."""
    every = reader.taken("ALL", "TABLES", "IN", "SCHEMA")
    functions = not every and reader.taken("ALL", "FUNCTIONS", "IN", "SCHEMA")
    kind = "table" if every else "function" if functions else reader.word().lower()
    if not (every or functions):
        if kind not in {"table", "schema", "function"}:
            raise syntax_error_near(reader.text())
        reader.index += 1
    found: list[tuple[str, str]] = []
    while True:
        parts = reader.name()
        if kind == "function" and reader.word() == "(":
            reader.index = closing(reader.tokens, reader.index) + 1
        if every:
            require_schema(session.cursor, session.database, parts[-1])
            rows = session.execute(
                "select table_name from information_schema.tables where table_catalog = ? and table_schema = ? order by 1",
                [session.database, parts[-1]],
            )
            found += [("table", f"{parts[-1]}.{name}") for (name,) in rows]
        elif kind == "table":
            table = session.located(parts)
            found.append(("table", f"{table.schema}.{table.name}"))
        else:
            if kind == "schema" or functions:
                require_schema(session.cursor, session.database, parts[-1])
            found.append((kind, ".".join(parts)))
        if not reader.taken(","):
            reader.expect_end()
            return found


def _lambda(_session: Session, statement: Statement, reader: WordReader) -> dict[str, Any]:
    held = {"arguments": reader.parenthesis(statement.sql).lower()}
    reader.expect("RETURNS")
    held["returns"] = reader.text().lower()
    reader.index += 1
    if reader.word() == "(":
        reader.index = closing(reader.tokens, reader.index) + 1
    if reader.word() not in {"VOLATILE", "STABLE", "IMMUTABLE"}:
        raise syntax_error_near(reader.text())
    reader.index += 1
    if not (reader.taken("LAMBDA") or reader.taken("SAGEMAKER")):
        raise syntax_error_near(reader.text())
    held["lambda"] = reader.quoted()
    reader.expect("IAM_ROLE")
    _role(reader)
    while reader.index < len(reader.words):  # RETRY_TIMEOUT milliseconds, MAX_BATCH_ROWS count, MAX_BATCH_SIZE size
        if reader.word() not in {"RETRY_TIMEOUT", "MAX_BATCH_ROWS", "MAX_BATCH_SIZE"} or not reader.word(1).isdigit():
            raise syntax_error_near(reader.text())
        reader.index += 2
        _ = reader.taken("KB") or reader.taken("MB")
    return held


_READERS: dict[str, Callable[[Session, Statement, WordReader], dict[str, Any]]] = {
    "model": _model,
    "library": _library,
    "identity": _identity,
    "datashare": _share,
    "function": _lambda,
}
