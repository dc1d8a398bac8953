"""Outcomes of the calls of a run: which refusals count, and why a call has no response."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tasks.datasets import COMPANIONS
from tasks.records import Call, RefusedCall, Scope
from tasks.results.run_results import RunResults
from tasks.summary.outcomes import MissingAnswer

_EMPTY: Final = "EmptyAnswer"
_OF_ALL: Final = frozenset({Scope.KEY, Scope.DAY})


def is_nothing_to_complete(refusal: RefusedCall) -> bool:
    """Whether a refusal says no more than that nothing completes a symbol's row: funds have no overview, and nothing is missing."""
    return refusal.call.function in COMPANIONS and refusal.name == _EMPTY


@dataclass(frozen=True)
class CallOutcomes:
    """The calls of a run. Each part is worked out once: a summary needs them again with every symbol."""

    results: RunResults

    @cached_property
    def forgiven(self) -> tuple[RefusedCall, ...]:
        """Refusals of what the key was never seen to be allowed, and empty overviews: nothing that was there is missing."""
        probes = self.results.planned.probes if self.results.planned else frozenset()
        return tuple(
            refused
            for refused in self.results.extraction.refused
            if (refused.scope is Scope.FUNCTION and refused.call.function in probes) or is_nothing_to_complete(refused)
        )

    @cached_property
    def refused(self) -> tuple[RefusedCall, ...]:
        """All other refusals."""
        forgiven = {id(each) for each in self.forgiven}
        return tuple(refused for refused in self.results.extraction.refused if id(refused) not in forgiven)

    @cached_property
    def lacking(self) -> tuple[RefusedCall, ...]:
        """Those of them that cost the run something it was for: of its required datasets, or of the whole key or day."""
        required = self.results.required_functions
        return tuple(each for each in self.refused if each.call.function in required or each.scope in _OF_ALL)

    @property
    def optional_warnings(self) -> tuple[str, ...]:
        """The others, a sentence each."""
        lacking = {id(each) for each in self.lacking}
        return tuple(
            f"{each.call.function} of {each.call.symbol} was refused ({each.name}): {each.way_out}"
            for each in self.refused
            if id(each) not in lacking
        )

    @property
    def forgiven_warnings(self) -> tuple[str, ...]:
        """What a person should know of forgiven refusals."""
        refused = {each.call.function: each for each in self.forgiven if each.scope is Scope.FUNCTION}
        return tuple(
            f"The key may not request {function} ({each.name}), which was not known before; nothing of it is loaded. {each.way_out}"
            for function, each in refused.items()
        )

    @cached_property
    def unanswered(self) -> dict[str, list[MissingAnswer]]:
        """By symbol, the calls without an answer that count, with the reason."""
        required = self.results.required_functions
        forgiven = {(each.call.function, each.call.symbol) for each in self.forgiven if each.scope is not Scope.FUNCTION}
        functions = {each.call.function for each in self.forgiven if each.scope is Scope.FUNCTION}
        answered = {(each.call.function, each.call.symbol) for each in self.results.extraction.observations}
        found: dict[str, list[MissingAnswer]] = {}
        for call in self.results.planned.plan.calls if self.results.planned else ():
            place = (call.function, call.symbol)
            if call.function in required and call.function not in functions and place not in answered and place not in forgiven:
                found.setdefault(call.symbol, []).append(self._why(call))
        for result in self.results.required:
            for apart in result.parsed.set_aside if result.parsed else ():
                found.setdefault(apart.symbol, []).append(
                    MissingAnswer(
                        f"its answer was set aside: {apart.reason}",
                        f"Look at {apart.capture_key}; the next run asks anew.",
                        is_refused=True,
                    )
                )
        return found

    @cached_property
    def set_aside(self) -> frozenset[tuple[str, str]]:
        """Function and symbol of every answer of which nothing is loaded."""
        return frozenset(
            (result.dataset.function, apart.symbol)
            for result in self.results.by_dataset.values()
            if result.parsed
            for apart in result.parsed.set_aside
        )

    @cached_property
    def _own(self) -> dict[tuple[str, str], RefusedCall]:
        return {(each.call.function, each.call.symbol): each for each in reversed(self.lacking)}

    @cached_property
    def _stoppers(self) -> tuple[RefusedCall, ...]:
        return tuple(each for each in self.lacking if each.scope.stops_calls)

    @cached_property
    def _is_named(self) -> bool:
        """Whether a reason names the function: where the run requests several."""
        return len(self.results.required_functions) > 1

    def _why(self, call: Call) -> MissingAnswer:
        which = f"{call.function}: " if self._is_named else ""
        own = self._own.get((call.function, call.symbol))
        if own is not None:
            return MissingAnswer(f"{which}{own.name}" + (f": {own.detail}" if own.detail else ""), own.way_out, is_refused=True)
        stopper = next((each for each in self._stoppers if each.scope is not Scope.FUNCTION or each.call.function == call.function), None)
        if stopper is not None:
            return MissingAnswer(f"{which}{stopper.name} stopped the calls", stopper.way_out, is_refused=False)
        return MissingAnswer(f"{which}the run stopped before it was sent", "Run again.", is_refused=False)
