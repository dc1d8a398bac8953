"""Rebuilds every table from stored captures and observations, without a call to the API.

The loads that were committed are repeated in their order, and what retention removed between them is removed again: the observations of
each run pass through the same functions as in the run itself, which gives the same file, the same manifest and the same rows. What was
loaded beside them (rows that a person released) has no observation of its own and is loaded from its kept file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from tasks.alpha_vantage.errors import UnknownShape
from tasks.curate import curated_rows, take_over
from tasks.datasets import DATASETS, SCHEMAS
from tasks.errors import TickerhouseError
from tasks.kept_out import SymbolRefused
from tasks.lake import keys
from tasks.lake.errors import DocumentUnreadable, LakeError, ObjectMissing
from tasks.lake.json_documents import get_json
from tasks.lake.observations import read_whole_observations
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.curated_file import write_curated
from tasks.orchestration.kept_file import kept_manifest
from tasks.orchestration.past_loads import in_order, loads_of_the_lake, remember_contact
from tasks.orchestration.planning_inputs import listed_exchanges
from tasks.orchestration.run import Run, utc_now
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.orchestration.table_load import hold_tables, load_held, load_options
from tasks.parse import parse_captures
from tasks.reconcile import reconcile_layers
from tasks.records import Manifest
from tasks.results.shards import parsed_together
from tasks.sessions import SessionClock
from tasks.shard import ShardWork, shards_of
from tasks.undo import RecordedUndo, UndoLost, read_undo, repeat_undo
from tasks.validate import validate_rows
from tasks.warehouse.errors import NotUndoable
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.rebuild import PastLoad, empty_tables, past_loads
from tasks.warehouse.replaced_series import RELEASE
from tasks.warehouse.retention import remove_before
from tasks.warehouse.undo import UNDO
from tasks.wording import agreeing, counted
from tasks.write_lake import IN_THE_LAKE, replace_files

logger = step_logger("rebuild")

_RUN_STARTED: Final = slice(0, 16)


class NothingToRebuild(TickerhouseError):
    """Neither the audit nor the lake knows of a load."""


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did.

    Attributes:
        loads: how many loads were repeated.
        rows: rows staged by them.
        removals: how many removals by retention were repeated.
        undos: how many undos of loads were repeated.
        from_files: loads that were repeated from their kept file, because their responses do not give them.
        notes: what a person should know.
    """

    loads: int
    rows: int
    removals: int
    from_files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    undos: int = 0

    @property
    def headline(self) -> str:
        """The same in one sentence."""
        headline = f"{counted(self.loads, 'load')} repeated, {counted(self.rows, 'row')}"
        if self.from_files:
            number = len(self.from_files)
            kept = agreeing(number, "its kept file", "their kept files")
            headline = f"{headline}, {number:,} of them from {kept} ({', '.join(self.from_files)})"
        if self.undos:
            headline = f"{headline}, {counted(self.undos, 'undo')}"
        return f"{headline}, {counted(self.removals, 'removal')} by retention" if self.removals else headline


@step("rebuild")
def rebuild(run: Run) -> Rebuilt:
    """Empties the tables and repeats every load and removal; runs that load wait until it has ended.

    Everything that can fail for want of data is made or read before the tables are emptied: the files of all loads, and the records of
    undos. An undo whose record is damaged or missing is not repeated, and told. What is to be repeated is stored in the lake before that,
    too, so that a rebuild that was cut off is taken up by the next one, which would find half an audit in the warehouse.

    Args:
        run: the rebuild's own run.

    Raises:
        NothingToRebuild: there was no load.
        LakeError: an observation or a kept file cannot be read; nothing was changed.
        WarehouseError: the warehouse failed; run it again.
    """
    # Without a watchlist, the bars of exchanges that it alone names come from their kept files.
    exchanges = listed_exchanges(run.settings.watchlist, run.clients)
    has_retention = bool(run.settings.retention_years or run.settings.retention_days)
    with hold_tables(run, [schema.table for schema in SCHEMAS]):
        known, notes = _known(run)
        files: list[tuple[PastLoad, Manifest | None]] = []
        from_files: list[str] = []
        for past in known:
            if past.removed_before is not None or past.dataset == UNDO:
                files += [(past, None)] if has_retention or past.dataset == UNDO else []
                continue
            manifest = _rebuilt_file(run, past, exchanges)
            if manifest is None:
                from_files.append(f"{past.dataset} of {past.run_id}")
                logger.info("loaded from its stored file: %s of %s", past.dataset, past.run_id)
                manifest = kept_manifest(run.lake, DATASETS[past.dataset].schema, past.manifest_uri)
            files.append((past, manifest))
            logger.info("%s of %s: %s", past.dataset, past.run_id, counted(manifest.rows, "row"))
        # Only now, because the file of the load that an undo took back may have been made again.
        undos, lost = _undos(run, known)
        notes = (*notes, *lost.values())
        files = [(past, manifest) for past, manifest in files if past.run_id not in lost]
        state.rebuild_loads().write(run.lake, tuple(known))
        empty_tables(run.warehouse, SCHEMAS)
        notes = (*notes, *(note for past, manifest in files for note in _repeat(run, past, manifest or undos.get(past.run_id), exchanges)))
        notes = (*notes, *_repeat_what_came(run, known, exchanges))
        state.rebuild_loads().write(run.lake, ())
    if repeated := [past.manifest_uri if manifest is None else manifest.uri for past, manifest in files if past.manifest_uri]:
        remember_contact(run.lake, repeated[-1], utc_now())
    made = [manifest for _, manifest in files if manifest is not None]
    notes = (*notes, *(note for dataset in IN_THE_LAKE for note in replace_files(run, dataset, everything=True)))
    if not has_retention and any(past.removed_before for past in known):
        notes = (*notes, "no retention is set: the bars that it had removed are back")
    removals = len(files) - len(made) - len(undos)
    done = Rebuilt(len(made), sum(manifest.rows for manifest in made), removals, tuple(from_files), notes, len(undos))
    logger.info("%s", done.headline)
    for note in done.notes:
        logger.warning("%s", note)
    return done


def _repeat_what_came(run: Run, known: Sequence[PastLoad], exchanges: Mapping[str, str]) -> tuple[str, ...]:
    """Repeats what a person released or undid since the loads were listed: neither waits for a lock, and it went with the tables.

    Returns:
        What a person should know.
    """
    came = _of_people(run.lake, known)
    undos, lost = _undos(run, came)
    notes = list(lost.values())
    for past in came:
        if past.run_id in lost:
            continue
        undo = undos.get(past.run_id)
        notes += _repeat(run, past, undo or kept_manifest(run.lake, DATASETS[past.dataset].schema, past.manifest_uri), exchanges)
        logger.info("%s came meanwhile: it is repeated as well", past.run_id)
    return tuple(notes)


def _of_people(lake: LakeStore, known: Iterable[PastLoad]) -> list[PastLoad]:
    found = loads_of_the_lake(lake, {past.manifest_uri for past in known})
    return [past for past in found if past.dataset == UNDO or past.run_id.startswith(RELEASE)]


def _undos(run: Run, known: Iterable[PastLoad]) -> tuple[dict[str, RecordedUndo], dict[str, str]]:
    """By its name, each undo that can be repeated, and why another cannot."""
    found: dict[str, RecordedUndo] = {}
    lost: dict[str, str] = {}
    for past in known:
        if past.dataset == UNDO:
            try:
                found[past.run_id] = read_undo(run.lake, past)
            except UndoLost as error:
                lost[past.run_id] = str(error)
    return found, lost


def _repeat(run: Run, past: PastLoad, what: Manifest | RecordedUndo | None, exchanges: Mapping[str, str]) -> tuple[str, ...]:
    options = load_options(run.settings, exchanges, sets_aside=True)
    if isinstance(what, Manifest):
        done = load_held(run, DATASETS[past.dataset].schema, what, options)
        return tuple(each.sentence for each in done.kept_out if isinstance(each, SymbolRefused))
    _repeat_removal(run, past, what, options)
    return ()


def _repeat_removal(run: Run, past: PastLoad, undo: RecordedUndo | None, options: LoadOptions) -> None:
    if undo is not None:
        try:
            repeat_undo(run, undo)
        except NotUndoable as error:
            # What it took back was loaded again since, so that its rows are not those it took back.
            logger.warning("%s is not repeated: %s", past.run_id, error)
    elif past.removed_before is not None:
        removed = remove_before(run.warehouse, past.removed_before, past.run_id, SCHEMAS, options)
        logger.info("retention of %s: removed %s before %s again", past.run_id, counted(removed.bars, "bar"), removed.before)


def _known(run: Run) -> tuple[list[PastLoad], tuple[str, ...]]:
    audited, begun = past_loads(run.warehouse), state.rebuild_loads().read(run.lake)
    if begun:
        # What was loaded since it was cut off is known to the audit alone; what came while it ran may be known to the lake alone.
        since = [past for past in audited if past not in begun]
        since += _of_people(run.lake, [*begun, *since])
        return [*begun, *since], ("a rebuild that was cut off was done again from its beginning",)
    found = loads_of_the_lake(run.lake, {past.manifest_uri for past in audited})
    if not found and not audited:
        raise NothingToRebuild("Neither ops.load_audit nor the lake lists a load.", "Run: tickerhouse run")
    if not audited:
        return found, (
            "ops.load_audit was empty: all loads of the lake were repeated; what retention had removed is back until maintenance",
        )
    repeated = agreeing(len(found), "it was", "they were")
    notes = (f"ops.load_audit lacked {len(found)} of the loads that the lake holds: {repeated} repeated as well",) if found else ()
    return _merged(audited, found), notes


def _merged(audited: list[PastLoad], found: list[PastLoad]) -> list[PastLoad]:
    """The audited loads in their own order, each of the others before the first one of a later run."""
    merged = list(audited)
    for past in found:
        later = (place for place, each in enumerate(merged) if each.removed_before is None and in_order(each) > in_order(past))
        merged.insert(next(later, len(merged)), past)
    return merged


def _rebuilt_file(run: Run, past: PastLoad, exchanges: Mapping[str, str]) -> Manifest | None:
    """The file of a load, rebuilt from its responses; None where they are damaged, or do not give the rows that were loaded."""
    dataset = DATASETS[past.dataset]
    observations, damaged = read_whole_observations(run.raw, past.run_id)
    for sentence in damaged:
        logger.warning("%s", sentence)
    own = tuple(observation for observation in observations if observation.call.function == dataset.function)
    if not own:
        return None
    try:
        then = replace(run, run_id=past.run_id, as_of=_as_of(run.raw, past.run_id))
        clock = SessionClock(then.as_of, run.settings.settling, exchanges)
        shards = shards_of(then, dataset, ShardWork(tuple(observations), clock, {}))
        parsed = parsed_together(shards, clock) if shards else parse_captures(then, dataset, own, clock)
        verdict = validate_rows(then, dataset, parsed, shards=shards)
        rows = None if shards else curated_rows(then, dataset, verdict, observations)
    except (LakeError, UnknownShape) as error:
        logger.warning("%s of %s cannot be rebuilt: %s", past.dataset, past.run_id, error)
        return None
    if past.rows != (sum(shard.curated_rows for shard in shards) if rows is None else rows.num_rows):
        return None
    curated = (
        take_over(then, dataset, shards)
        if rows is None
        else write_curated(run.lake, dataset.schema, rows, past.run_id, run.settings.copy_slices)
    )
    return reconcile_layers(then, dataset, parsed, verdict, curated)[0]


def _as_of(lake: LakeStore, run_id: str) -> datetime:
    key = keys.run_key(run_id)
    try:
        as_of = datetime.fromisoformat(get_json(lake, key)["as_of"])
    except ObjectMissing:
        # A run that was killed after its load left no summary; it spoke for the moment it began.
        return datetime.strptime(run_id[_RUN_STARTED], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except (KeyError, TypeError, ValueError):
        as_of = None
    if as_of is None or as_of.tzinfo is None:
        raise DocumentUnreadable(f"{lake.uri(key)} does not name the moment that its run spoke for.")
    return as_of
