"""A Slack inbox: takes what is posted to an incoming webhook, answers as Slack does, and shows what Slack would have shown.

It accepts and refuses as https://api.slack.com/messaging/webhooks says, with the limits of https://api.slack.com/reference/block-kit/blocks:
a message that Slack would not take is not taken here either.
"""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from infra.local.http_server import HttpServer
from infra.local.slack_page import render_page

_MESSAGES_FILE: Final = "messages.jsonl"
_CONTENT: Final = ("text", "blocks", "attachments")
_MOST_BLOCKS: Final = 50
_MOST_FIELDS: Final = 10
_LONGEST_HEADER: Final = 150
_LONGEST_SECTION: Final = 3000
_LONGEST_FIELD: Final = 2000
_BLOCK_TYPES: Final = frozenset(
    {"actions", "context", "divider", "file", "header", "image", "input", "markdown", "rich_text", "section", "table", "video"}
)


class SlackInbox:
    """Serves one incoming webhook and the page that shows what came in.

    Args:
        folder: where the messages are kept, as JSON lines in ``messages.jsonl``; made where it is missing. Those already there are shown.
        host: to listen on.
        port: to listen on; 0 takes a free one.
        now: the clock (aware) that stamps what comes in.
    """

    def __init__(
        self,
        folder: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / _MESSAGES_FILE
        self._now = now
        self._lock = threading.Lock()
        self._http = HttpServer(host, port, _Handler, owner=self)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._http.port

    @property
    def url(self) -> str:
        """The page, without a slash at the end."""
        return self._http.url

    @property
    def webhook_url(self) -> str:
        """What to post to."""
        return f"{self.url}/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"

    def start(self) -> Self:
        """Serves in the background from now on."""
        self._http.start()
        return self

    def stop(self) -> None:
        """Stops serving; what came in stays in the folder."""
        self._http.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def keep(self, message: dict[str, Any]) -> None:
        """Appends a message, stamped with the time of its receipt."""
        line = json.dumps({"received": self._now().isoformat(), "message": message}, ensure_ascii=False)
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def messages(self) -> list[dict[str, Any]]:
        """Everything that came in, oldest first: ``received`` (ISO 8601, UTC) and ``message`` (as posted)."""
        with self._lock:
            if not self._file.exists():
                return []
            # Not splitlines: a message may hold a separator that only a line feed is not.
            lines = self._file.read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in lines if line]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    owner: SlackInbox

    def do_GET(self) -> None:
        match urlsplit(self.path).path:
            case "/":
                self._send(200, "text/html; charset=utf-8", render_page(self.owner.messages()))
            case "/messages":
                self._send(200, "application/json", json.dumps(self.owner.messages(), indent=2))
            case _:
                self._send(404, "text/html", "There is nothing here. The messages are at / and /messages.")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match urlsplit(self.path).path.strip("/").split("/"):
            case ["services", _team, _hook, _secret]:
                status, answer = self._take(body)
            case _:
                # What Slack says of a webhook that was revoked.
                status, answer = 404, "no_service"
        self._send(status, "text/html", answer)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name the base class gives it
        del format, arguments

    def _take(self, body: bytes) -> tuple[int, str]:
        try:
            text = body.decode()
            if self.headers.get_content_type() == "application/x-www-form-urlencoded":
                text = parse_qs(text)["payload"][0]
            message = json.loads(text)
        except (ValueError, KeyError):
            return 400, "invalid_payload"
        if not isinstance(message, dict):
            return 400, "invalid_payload"
        if fault := what_slack_refuses(message):
            return 400, fault
        self.owner.keep(message)
        return 200, "ok"

    def _send(self, status: int, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def what_slack_refuses(message: dict[str, Any]) -> str:
    """The word with which Slack refuses a message; empty where it takes it."""
    if not any(message.get(name) for name in _CONTENT):
        return "no_text"
    if not _blocks_can_be(message.get("blocks")):
        return "invalid_blocks"
    attachments = message.get("attachments")
    if attachments is None:
        return ""
    if not isinstance(attachments, list) or not all(isinstance(each, dict) and _blocks_can_be(each.get("blocks")) for each in attachments):
        return "invalid_attachments"
    return ""


def _blocks_can_be(blocks: Any) -> bool:
    if blocks is None:
        return True
    return isinstance(blocks, list) and len(blocks) <= _MOST_BLOCKS and all(_block_can_be(block) for block in blocks)


def _block_can_be(block: Any) -> bool:
    if not isinstance(block, dict) or block.get("type") not in _BLOCK_TYPES:
        return False
    match block["type"]:
        case "header":
            return _text_can_be(block.get("text"), _LONGEST_HEADER, {"plain_text"})
        case "section":
            fields = block.get("fields")
            if fields is None:
                return _text_can_be(block.get("text"), _LONGEST_SECTION)
            return (
                isinstance(fields, list)
                and 0 < len(fields) <= _MOST_FIELDS
                and all(_text_can_be(field, _LONGEST_FIELD) for field in fields)
                and (block.get("text") is None or _text_can_be(block["text"], _LONGEST_SECTION))
            )
        case "context" | "actions":
            return isinstance(block.get("elements"), list) and bool(block["elements"])
        case _:
            return True


def _text_can_be(text: Any, longest: int, kinds: frozenset[str] | set[str] = frozenset({"plain_text", "mrkdwn"})) -> bool:
    return isinstance(text, dict) and text.get("type") in kinds and isinstance(text.get("text"), str) and 0 < len(text["text"]) <= longest
