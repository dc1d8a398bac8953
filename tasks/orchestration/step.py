"""The ``step`` decorator: makes a plain function a Prefect task and measures its time."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.utilities.annotations import quote

from tasks.datasets import Dataset
from tasks.orchestration.prefect_server import PrefectGone, is_gone, require_server, spare_the_lost_server
from tasks.orchestration.run import Run
from tasks.orchestration.step_log import note_beginning

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def step(
    name: str,
    task_run_name: str | Callable[[], str] | None = None,
    *,
    is_last: bool = False,
) -> Callable[[Callable[Concatenate[Run, Parameters], Result]], Callable[Concatenate[Run, Parameters], Result]]:
    """Makes a function whose first argument is the run a Prefect task.

    Results stay in the process: the lake holds the data, Prefect holds states (docs/decisions).

    Args:
        name: the step's name, in the UI and in ``seconds_per_step``.
        task_run_name: a template over the function's parameters, or what makes the name, where one step is taken several times.
        is_last: whether it ends the run, and so is taken also where the Prefect server is gone; any other step is refused then.
    """

    def decorate(function: Callable[Concatenate[Run, Parameters], Result]) -> Callable[Concatenate[Run, Parameters], Result]:
        @functools.wraps(function)
        def timed(run: Run, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            note_beginning(name)
            with run.stopwatch.time(name):
                return function(run, *args, **kwargs)

        made = _Step(timed, name=name, task_run_name=task_run_name or name, cache_policy=NO_CACHE, persist_result=False)
        made.is_last = is_last
        return made

    return decorate


class _Step(Task[..., Any]):
    """A task whose arguments Prefect does not search for other tasks' results: for 5,000 symbols that takes seconds a step.

    It begins once the Prefect server answers.
    """

    is_last = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            require_server()
        except PrefectGone:
            if not self.is_last:
                raise
        spare_the_lost_server()
        if is_gone():
            return self.fn(*args, **kwargs)
        return super().__call__(*map(_unsearched, args), **{name: _unsearched(value) for name, value in kwargs.items()})


def _unsearched(argument: object) -> object:
    # A dataset stays as it is, because the names of task runs are made of it.
    return argument if isinstance(argument, Dataset | str) else quote(argument)
