"""A real browser for tests: Chromium without a window, spoken to over its DevTools protocol."""

import base64
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
from websockets.sync.client import ClientConnection, connect

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE: Final = 60.0


def find_browser() -> str | None:
    """The path of a Chromium, or None."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@contextmanager
def browser(profile: Path) -> Iterator["Browser"]:
    """A Chromium of its own, ended with the block.

    Args:
        profile: an empty folder for its files.
    """
    program = find_browser()
    assert program is not None, "ask find_browser first"
    words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0", "--no-first-run"]
    process = subprocess.Popen(
        [program, *words, f"--user-data-dir={profile}", "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with Browser(_port(profile / "DevToolsActivePort")) as opened:
            yield opened
    finally:
        process.terminate()
        process.wait(20)


def _port(file: Path) -> int:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if file.exists() and (lines := file.read_text().splitlines()):
            return int(lines[0])
        time.sleep(0.05)
    raise TimeoutError("Chromium did not start.")


class Browser:
    """One page of a running Chromium.

    Attributes:
        complaints: what the page wrote to the console, and what it threw.
        requests: every address it loaded.
    """

    def __init__(self, port: int) -> None:
        pages = httpx.get(f"http://127.0.0.1:{port}/json", timeout=_PATIENCE).json()
        self._address: str = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
        self._numbers = itertools.count(1)
        self._socket: ClientConnection
        self._loaded = False
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def __enter__(self) -> Self:
        self._socket = connect(self._address, max_size=None, open_timeout=_PATIENCE)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._send(f"{domain}.enable")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()

    def show(self, address: str, width: int, *, is_dark: bool = False) -> None:
        """Loads a page in a window of this many CSS pixels, and waits until it is there; forgets what earlier pages did."""
        self.complaints, self.requests, self._loaded = [], [], False
        self._send("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self._send("Emulation.setEmulatedMedia", features=[scheme])
        self._send("Page.navigate", url=address)
        while not self._loaded:
            self._read()

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page; a promise is awaited."""
        answer = self._send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, file: Path) -> None:
        """Writes the whole page as PNG."""
        answer = self._send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(answer["data"]))

    def _send(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (message := self._read()).get("id") != number:
            pass
        assert "error" not in message, message
        result: dict[str, Any] = message["result"]
        return result

    def _read(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv(_PATIENCE))
        parameters = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Runtime.consoleAPICalled":
                self.complaints.append(json.dumps(parameters["args"]))
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(parameters["exceptionDetails"]))
            case "Log.entryAdded":
                self.complaints.append(parameters["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
        return message
