"""The ``Dataset``: everything in which one dataset differs from another, in one object."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from tasks.alpha_vantage.parsing import Parsed, SetAside
from tasks.curation.curate import Curated
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest
from tasks.quality.validation_target import ValidationTarget
from tasks.records import CapturedBody, SymbolCoverage
from tasks.schema import TableSchema
from tasks.sessions import SessionClock


class Parser(Protocol):
    """Reads response bodies into one typed table; told what to do with one that cannot be read."""

    def __call__(self, bodies: Iterable[CapturedBody], set_aside: SetAside | None = None, /) -> Parsed:
        """See :func:`tasks.alpha_vantage.parsing.read_table`."""


Finality = Callable[[pa.Table, SessionClock], tuple[pa.Table, pa.Table]]


@dataclass(frozen=True)
class Companion:
    """A second function, whose rows complete those of a dataset.

    Attributes:
        function: the API function.
        coverage: the name under which is remembered what was read of it.
        parse: its parser.
    """

    function: str
    coverage: str
    parse: Parser


@dataclass(frozen=True, eq=False)
class Dataset:
    """One kind of data, from the request to the table.

    Attributes:
        schema: the table it is loaded into, and the columns of its curated file.
        function: the API function it comes from.
        parse: reads response bodies into one typed table.
        count_rows: counts the rows in the bytes of a response, without the parser.
        checks: what its suite in ``expectations/`` validates.
        curate: makes curated rows of accepted ones; the second table holds the companion's rows, or is None.
        requests: which calls are due, from coverage, calendar and what the key may do.
        with_texts: where ``parse`` gives rows without their strings as received: some of them with their strings, from the bodies they
            are of; None where rows have them.
        finality: sets apart the rows of sessions that are not final; None where a row is final once it is answered.
        companion: a second function that completes the rows.
        is_available: whether it is to be requested at all: by the settings, and by what the key is known to be refused.
        notes: what a person should know about its part of the plan, a sentence each.
        restated: the symbols of which the new rows say that all earlier ones were restated at the source.
        is_primary: whether a run's symbols are measured by it: the bar of the due session must be among its rows, an answer must not
            shrink, and its price jumps are looked into.
        is_live: whether a row may be of a session that is still open.
        has_current_files: whether its current rows also lie under ``lake/``, a file a year.
    """

    schema: TableSchema
    function: str
    parse: Parser
    count_rows: Callable[[bytes], int]
    checks: ValidationTarget
    curate: Callable[[pa.Table, pa.Table | None], pa.Table | Curated]
    requests: Callable[[PlanningInputs], Iterator[CallRequest]]
    with_texts: Callable[[pa.Table, Iterable[CapturedBody]], pa.Table] | None = None
    finality: Finality | None = None
    companion: Companion | None = None
    is_available: Callable[[PlanningInputs], bool] = lambda _: True
    notes: Callable[[PlanningInputs, Collection[str]], Iterator[str]] = lambda _inputs, _requested: iter(())
    restated: Callable[[pa.Table, Mapping[str, SymbolCoverage]], Collection[str]] = lambda _rows, _held: ()
    is_primary: bool = False
    is_live: bool = False
    has_current_files: bool = False

    @property
    def name(self) -> str:
        """The folder under ``curated/``, and the name in messages."""
        return self.schema.name

    @property
    def functions(self) -> tuple[str, ...]:
        """Every function it requests."""
        return (self.function, self.companion.function) if self.companion else (self.function,)

    def split_final(self, parsed: pa.Table, clock: SessionClock) -> tuple[pa.Table, pa.Table]:
        """The rows to validate, and those deferred because their session was not final."""
        return self.finality(parsed, clock) if self.finality else (parsed, parsed.slice(0, 0))
