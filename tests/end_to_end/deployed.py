"""A home whose Prefect holds our deployments, with a worker, as tests of what is deployed use it."""

import json
import time
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import psutil

from tasks.alerting.alert import Alert
from tasks.wording import deployment_path
from tests.end_to_end.conftest import Home


@dataclass(frozen=True)
class Deployed:
    """A home whose Prefect holds our deployments, with a worker that serves them."""

    home: Home
    settings: dict[str, str]
    first: list[str]
    worker: psutil.Process

    @property
    def environment(self) -> str:
        """The environment's name."""
        return self.settings["TICKERHOUSE_ENVIRONMENT"]

    def deploy(self, *words: str, **settings: str) -> list[str]:
        done = self.home.run("deploy", *words, **(self.settings | settings))
        assert done.exit_status == 0, done.out + done.err
        return done.lines

    def deployment(self, flow: str) -> dict[str, Any]:
        found: dict[str, Any] = self.home.prefect(f"/deployments/name/{deployment_path(flow, self.environment)}")
        return found

    def automation(self, name: str) -> dict[str, Any]:
        held: list[dict[str, Any]] = self.home.prefect("/automations/filter", {})
        return next(each for each in held if each["name"] == f"tickerhouse {self.environment}: {name}")

    def start(self, flow: str, surroundings: dict[str, str] | None = None, /, **parameters: object) -> str:
        asked = {"parameters": parameters, "job_variables": {"env": surroundings or {}}}
        return str(self.home.prefect(f"/deployments/{self.deployment(flow)['id']}/create_flow_run", asked)["id"])

    def state(self, flow_run: str) -> str:
        return str(self.home.prefect(f"/flow_runs/{flow_run}")["state"]["name"])

    def history(self, flow_run: str) -> list[str]:
        """The names of all states that it was in, in their order."""
        passed: list[dict[str, Any]] = httpx.get(
            f"http://127.0.0.1:{self.home.port('prefect')}/api/flow_run_states/", params={"flow_run_id": flow_run}, timeout=30
        ).json()
        return [str(state["name"]) for state in sorted(passed, key=lambda state: state["timestamp"])]

    def count(self, flow_run: str) -> int:
        """How often it began."""
        return int(self.home.prefect(f"/flow_runs/{flow_run}")["run_count"])

    def ended(self, flow_run: str, seconds: float = 90) -> str:
        return wait_for(lambda: self.state(flow_run) if self.home.prefect(f"/flow_runs/{flow_run}")["end_time"] else "", seconds)

    def emit(self, alert: Alert) -> None:
        where = {"environment": self.environment, "source": "synthetic", "flow": "daily_prices", "run_id": "20261120T021500Z-1a2b3c4d"}
        post(self.home, f"tickerhouse.alert.{alert.name}", f"tickerhouse.{self.environment}.synthetic.daily_prices", alert.payload(where))

    def messages(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.home.port('slack')}/messages", timeout=10) as answer:
            return [entry["message"] for entry in json.load(answer)]

    def heard(self, beginning: str, seconds: float = 40) -> str:
        """Waits for a message of the environment with this sign and fact, and gives all its words."""
        sign, fact = beginning.split(" ", 1)

        def is_it(text: str) -> bool:
            return text.startswith(f"{sign} {self.environment} · ") and fact in text

        def find() -> str:
            return next((words(message) for message in self.messages() if is_it(message["text"])), "")

        return wait_for(find, seconds, lambda: f"{beginning!r} among {[message['text'] for message in self.messages()]}")


def wait_for(find: Callable[[], str], seconds: float, told: Callable[[], str] = str) -> str:
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"not in {seconds} s: {told()}"
        time.sleep(0.3)
    return found


def words(message: object) -> str:
    """Every text of a message, line by line."""
    if isinstance(message, dict):
        own = [message["text"]] if isinstance(message.get("text"), str) else []
        return "\n".join([*own, *(words(value) for value in message.values() if isinstance(value, dict | list))])
    return "\n".join(words(each) for each in message) if isinstance(message, list) else ""


def post(home: Home, event: str, resource: str, payload: dict[str, Any]) -> None:
    body = [
        {
            "id": str(uuid.uuid4()),
            "occurred": datetime.now(UTC).isoformat(),
            "event": event,
            "resource": {"prefect.resource.id": resource, "prefect.resource.name": "daily_prices"},
            "payload": payload,
        },
    ]
    url = f"http://127.0.0.1:{home.port('prefect')}/api/events"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - always http to 127.0.0.1


def belongs_to(process: psutil.Process, flow_run: str) -> bool:
    try:
        return flow_run in process.environ().values()
    except psutil.Error:
        return False
