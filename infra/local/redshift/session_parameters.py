"""The parameters and variables of one session: what is in force, and what the end of a transaction takes back.

SET LOCAL lasts as long as its transaction (AWS, r_SET); what was set in a transaction goes with its ROLLBACK, as PostgreSQL's does.
"""

import duckdb

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql.parameters_of_session import parameter, parameters_of_session
from infra.local.redshift.sql.values import identifier
from infra.local.redshift.sql.zones import session_zone

_ABSENT = object()


class SessionParameters:
    """What SET, RESET and SET_CONFIG changed.

    Args:
        cursor: The session's.
        database: Its database.

    Attributes:
        values: Each parameter's value.
        variables: The session's own variables by their names of two parts; None after RESET.
        search_path: The schemas a bare name is looked for in.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, database: str) -> None:
        self.values = {name: known.default for name, known in parameters_of_session().items()}
        self.variables: dict[str, str | None] = {}
        self.search_path = ["public"]
        self._cursor = cursor
        self._database = database
        self._before: dict[str, object] = {}
        self._before_local: dict[str, object] = {}

    def change(self, name: str, value: str, *, inside: bool, local: bool = False) -> None:
        """Set a parameter and let it take effect.

        Args:
            name: In lower case.
            value: As it was written.
            inside: Whether a transaction is open.
            local: Whether it lasts for the transaction alone; outside of one it has no effect.

        Raises:
            StatementFailed: 42704 for one there is not, 22023 and 0A000 for a value it does not take.
        """
        kept = parameter(name).read(value)
        if inside or not local:
            self._note(name, self.values[name], inside=inside, local=local)
            self._apply(name, kept)

    def assign(self, name: str, value: str | None, *, inside: bool, local: bool = False) -> None:
        """Set a variable, or make it NULL; the arguments are those of ``change``."""
        if inside or not local:
            self._note(name, self.variables.get(name, _ABSENT), inside=inside, local=local)
            self.variables[name] = value

    def end(self, *, committed: bool) -> None:
        """Take back what the end of a transaction takes back."""
        before = self._before_local if committed else self._before
        self._before, self._before_local = {}, {}
        for name, value in before.items():
            if "." not in name:
                self._apply(name, str(value))
            elif value is _ABSENT:
                self.variables.pop(name, None)
            else:
                self.variables[name] = None if value is None else str(value)

    def _note(self, name: str, value: object, *, inside: bool, local: bool) -> None:
        if not inside:
            return
        self._before.setdefault(name, value)
        if local:
            self._before_local.setdefault(name, value)
        else:
            self._before_local.pop(name, None)

    def _apply(self, name: str, value: str) -> None:
        if name == "timezone":
            self._set_time_zone(session_zone(value))
        elif name == "search_path":
            self._search([part.strip().strip('"').lower() for part in value.split(",")])
        elif name == "seed":
            self._cursor.execute("select setseed(?)", [float(value)]).fetchall()
        self.values[name] = value

    def _set_time_zone(self, name: str) -> None:
        try:
            self._cursor.execute(f"set TimeZone = '{name}'").fetchall()
        except duckdb.Error as error:
            raise StatementFailed("22023", f'time zone "{name}" not recognized') from error

    def _search(self, schemas: list[str]) -> None:
        query = "select schema_name from duckdb_schemas() where database_name = ?"
        existing = {row[0] for row in self._cursor.execute(query, [self._database]).fetchall()}
        self.search_path = [schema for schema in schemas if schema in existing] or ["public"]
        path = ",".join(f"{identifier(self._database)}.{identifier(schema)}" for schema in self.search_path)
        self._cursor.execute(f"set search_path = '{path}'").fetchall()
