"""The flow ``shard``: a part of a large run, by symbol, from parse to curate; the run that was cut starts it and waits for it."""

from typing import Annotated

from prefect import State, flow
from prefect.states import Completed

from flows.parameters import parameter
from tasks.orchestration.run import start_run
from tasks.shard import make_shard


@flow(name="shard", flow_run_name="{order}")
def shard(
    order: Annotated[
        str, parameter("Order", "The key of the lake object that says what this shard does.", "shards/RUN/daily_prices/000/order.json")
    ],
) -> State[None]:
    """Parses, validates and curates some symbols of another run, which starts it, waits for it and loads its rows.

    It sends no call and never reaches the warehouse. A manual run starts at once and is not needed; the same order twice gives the same
    files.
    """
    return Completed(message=make_shard(start_run("shard", None), order))
