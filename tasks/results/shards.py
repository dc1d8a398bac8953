"""Cuts the captures of a large run by symbol into shards, and puts together what they give.

What a shard is given and what it gives lies under ``shards/`` in the lake: no list of symbols travels as a parameter, and no table through
Prefect. The tables are Arrow files, read only after their digest was compared; nothing of them is ever executed.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow as pa
from pydantic import TypeAdapter

from tasks.datasets import DATASETS, Dataset
from tasks.lake.errors import DocumentUnreadable
from tasks.lake.json_documents import JSON, parse_model
from tasks.lake.keys import shard_key
from tasks.lake.store import LakeStore
from tasks.quality.rules import Suite
from tasks.quality.validated_part import ValidatedPart, findings_document, read_findings
from tasks.quality.verdict import Verdict
from tasks.records import Observation
from tasks.results.capture_sizes import Sizes
from tasks.results.dataset_result import ParsedRows, SetAsideCapture, ShardResult
from tasks.sessions import SessionClock

Document = TypeVar("Document")

_WAY_OUT: Final = "Run again: the stored responses are read once more, and none is requested."
_CURATED: Final = "curated.parquet"


@dataclass(frozen=True)
class ShardOrder:
    """What a shard is to do: some symbols of one dataset of one run, from parse to curate.

    Attributes:
        run_id: the run that was cut.
        flow: its flow.
        flow_run_url: its page, empty where there is none.
        dataset: the name of what is loaded.
        shard: its number, from 0.
        clock: the run's moment, and the exchange of every symbol.
        due: the session that is due, per symbol.
        sizes: of the shard's symbols, how many rows the answers before had.
        observations: of the shard's symbols, those of the dataset's companion included.
    """

    run_id: str
    flow: str
    flow_run_url: str
    dataset: str
    shard: int
    clock: SessionClock
    due: Mapping[str, date]
    sizes: Sizes
    observations: tuple[Observation, ...]

    @property
    def key(self) -> str:
        """Where it lies."""
        return self.place("order.json")

    @property
    def own(self) -> tuple[Observation, ...]:
        """The observations of the dataset's own function."""
        function = DATASETS[self.dataset].function
        return tuple(observation for observation in self.observations if observation.call.function == function)

    def place(self, file: str) -> str:
        """The key of one of its files."""
        return shard_key(self.dataset, self.run_id, self.shard, file)


@dataclass(frozen=True)
class _Results:
    """The document that a shard writes last; what it does not name does not count."""

    counted: Mapping[str, int]
    warnings: tuple[str, ...]
    set_aside: tuple[SetAsideCapture, ...]
    digests: Mapping[str, str]
    curated_rows: int
    repeated: tuple[int, ...]
    findings: dict[str, Any] | None


_ORDER: Final = TypeAdapter(ShardOrder)
_RESULTS: Final = TypeAdapter(_Results)


def cut(observations: Sequence[Observation], dataset: Dataset, shards: int) -> list[tuple[Observation, ...]]:
    """Cuts answers by symbol into groups of about as many bytes each; symbols stay together and in their order.

    Args:
        observations: of the whole run.
        dataset: whose answers are cut; those of its companion go with their symbol.
        shards: how many groups at most; none is empty.
    """
    weights: dict[str, int] = {}
    for observation in observations:
        if observation.call.function == dataset.function:
            weights[observation.call.symbol] = weights.get(observation.call.symbol, 0) + observation.capture.body_bytes + 1
    total, before = sum(weights.values()), 0
    group_of: dict[str, int] = {}
    for symbol, weight in weights.items():
        group_of[symbol] = (2 * before + weight) * shards // (2 * total)
        before += weight
    groups: dict[int, list[Observation]] = {number: [] for number in dict.fromkeys(group_of.values())}
    for observation in observations:
        if observation.call.function in dataset.functions and observation.call.symbol in group_of:
            groups[group_of[observation.call.symbol]].append(observation)
    return [tuple(group) for group in groups.values()]


def write_order(store: LakeStore, order: ShardOrder) -> None:
    """Stores what a shard is to do."""
    store.put(order.key, _ORDER.dump_json(order), JSON)


def read_order(store: LakeStore, key: str) -> ShardOrder:
    """Reads what a shard is to do.

    Raises:
        ObjectMissing: nothing is stored there.
        DocumentUnreadable: it is no order.
    """
    return _read(_ORDER, store, key)


def write_results(store: LakeStore, order: ShardOrder, parsed: ParsedRows, verdict: Verdict | None, curated: tuple[bytes, int]) -> None:
    """Stores what a shard found; the document that names all files comes last.

    Args:
        store: with the ingest role's rights.
        order: what the shard was to do.
        parsed: the rows.
        verdict: on them; None where there was none to validate.
        curated: the Parquet file of the accepted rows and their number; empty where there is none.
    """
    files = {"final.arrow": _to_arrow(parsed.final), "deferred.arrow": _to_arrow(parsed.deferred)}
    if verdict:
        files["quarantined.arrow"] = _to_arrow(verdict.quarantined)
    if curated[1]:
        files[_CURATED] = curated[0]
    for name, body in files.items():
        store.put(order.place(name), body)
    results = _Results(
        counted=parsed.counted,
        warnings=parsed.warnings,
        set_aside=parsed.set_aside,
        digests={name: hashlib.sha256(body).hexdigest() for name, body in files.items()},
        curated_rows=curated[1],
        repeated=tuple(verdict.repeated.tolist()) if verdict else (),
        findings=findings_document(verdict.findings) if verdict and verdict.findings else None,
    )
    store.put(order.place("result.json"), _RESULTS.dump_json(results), JSON)


def read_results(store: LakeStore, order: ShardOrder, suite: Suite) -> ShardResult:
    """Reads what a shard gave.

    Args:
        store: where it lies.
        order: what the shard was to do.
        suite: by which its rows were validated.

    Raises:
        ObjectMissing: a file is not there.
        DocumentUnreadable: a file is not what the shard wrote.
        SuiteBroken: the shard has another version of the rules.
    """
    found = _read(_RESULTS, store, order.place("result.json"))
    apart = {each.capture_key for each in found.set_aside}
    parsed = ParsedRows(
        final=_table(store, order, found, "final.arrow"),
        deferred=_table(store, order, found, "deferred.arrow"),
        clock=order.clock,
        observations=tuple(observation for observation in order.own if observation.capture.key not in apart),
        counted=found.counted,
        warnings=found.warnings,
        set_aside=found.set_aside,
    )
    part = None
    if found.findings is not None:
        quarantined = _table(store, order, found, "quarantined.arrow")
        repeated = np.array(found.repeated, dtype=np.int64)
        part = ValidatedPart(parsed.final.num_rows, quarantined, repeated, read_findings(found.findings, suite))
    key = order.place(_CURATED) if found.curated_rows else ""
    return ShardResult(order.shard, parsed, part, key, found.digests.get(_CURATED, ""), found.curated_rows)


def read_whole(store: LakeStore, key: str, sha256: str) -> bytes:
    """A shard's file, its digest compared.

    Raises:
        ObjectMissing: it is not there.
        DocumentUnreadable: its bytes are others.
    """
    body = store.get(key)
    if hashlib.sha256(body).hexdigest() != sha256:
        raise DocumentUnreadable(f"{store.uri(key)} is not the file that its shard wrote.", _WAY_OUT)
    return body


def parsed_together(shards: Sequence[ShardResult], clock: SessionClock) -> ParsedRows:
    """The rows of all shards, as one process would have parsed them.

    Args:
        shards: at least one, in order.
        clock: of the run, with the exchanges of all symbols.
    """
    parts = [shard.parsed for shard in shards]
    return ParsedRows(
        final=pa.concat_tables([part.final for part in parts]).unify_dictionaries(),
        deferred=pa.concat_tables([part.deferred for part in parts]).unify_dictionaries(),
        clock=clock,
        observations=tuple(observation for part in parts for observation in part.observations),
        counted={key: rows for part in parts for key, rows in part.counted.items()},
        warnings=tuple(dict.fromkeys(warning for part in parts for warning in part.warnings)),
        set_aside=tuple(apart for part in parts for apart in part.set_aside),
    )


def _read(form: TypeAdapter[Document], store: LakeStore, key: str) -> Document:
    return parse_model(store.get(key), form, store.uri(key), "document of a shard", _WAY_OUT)


def _to_arrow(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    with pa.ipc.new_file(buffer, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    return buffer.getvalue()


def _table(store: LakeStore, order: ShardOrder, found: _Results, file: str) -> pa.Table:
    body = read_whole(store, order.place(file), found.digests.get(file, ""))
    return pa.ipc.open_file(pa.py_buffer(body)).read_all()
