"""The pages of ``docs/reference/``, written from the code: ``make reference``. A test compares them with what this gives."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import typer.main
from typer.core import TyperGroup

from flows.command_line.app import app
from tasks.orchestration import settings as settings_module
from tasks.orchestration.settings import Settings, variable_name
from tasks.records import Status

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs" / "reference"

EXIT_CODES: Final[tuple[tuple[int, str, str], ...]] = (
    (0, "every command", "done; of a run `Completed` or `UpToDate`; of `status` healthy; of `doctor` nothing is broken"),
    (1, "every command", "failed: the line on standard error says why and what to do; of a run `Failed`; of `status` and `doctor` broken"),
    (2, "every command", "invalid usage: an invalid option, symbol, moment, setting, watchlist or folder to replay; nothing was started"),
    (3, "runs, `status`", "a due bar or symbol is missing: of a run `CompletedWithWarnings`; of `status` behind"),
    (4, "runs", "`QuotaExhausted`: the day's calls are used up; the rest is planned for the next"),
    (5, "runs", "`GateClosed`: validation failed; nothing was loaded, everything received is kept"),
    (130, "every command", "interrupted by Ctrl-C or SIGTERM; everything received is kept, and running it again goes on"),
)
"""Every exit status, who ends with it, and what it means."""

EVENTS: Final[Mapping[str, str]] = {
    "tickerhouse.run.ended": "a run of a flow has ended; the resource's `tickerhouse.status` is its status, the payload its numbers",
    "tickerhouse.warehouse.loaded": "a run has committed its load; the payload names run, table and newest session",
    "tickerhouse.freshness.checked": "freshness was checked; the payload counts symbols and those behind",
    "tickerhouse.alert.<name>": "an alert is sent; the payload is the whole message, the names are in [alerts](alerts.md)",
}
"""Every event of our own, and when it is emitted."""

_STATES: Final[Mapping[Status, tuple[str, str]]] = {
    Status.COMPLETED: ("COMPLETED", "every due bar is loaded"),
    Status.UP_TO_DATE: ("COMPLETED", "nothing was due; the warehouse was not contacted"),
    Status.COMPLETED_WITH_WARNINGS: ("COMPLETED", "a due bar or symbol is missing; the summary names it"),
    Status.QUOTA_EXHAUSTED: ("COMPLETED", "the day's calls are used up; the rest is planned for the next"),
    Status.GATE_CLOSED: ("FAILED", "validation failed; nothing was loaded, everything received is kept"),
    Status.FAILED: ("FAILED", "anything else; the summary names cause and way out"),
}


def pages() -> dict[str, str]:
    """By file name, the text of every page."""
    made = {
        "settings.md": _page("Settings", "Environment variables; nothing else configures a run.", _settings()),
        "commands.md": _page("Commands", "What each ends with is in [exit codes](exit-codes.md).", _commands()),
        "exit-codes.md": _page("Exit codes", "One table for every command.", _exit_codes()),
        "states.md": _page("States", "How a run ends: the name of its state in Prefect, and its exit status.", _states()),
        "events.md": _page("Events", "Of the resource `tickerhouse.<environment>.<source>.<flow>`.", _events()),
        "alerts.md": _page("Alerts", "What is sent to Slack; [the runbook](../runbook.md) says what to do.", _alerts()),
    }
    return dict(sorted(made.items()))


def main() -> None:
    """Writes the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _page(title: str, words: str, lines: Iterator[str]) -> str:
    return f"# {title}\n\n{words}\nWritten by `make reference`; a test compares it with the code.\n\n" + "\n".join(lines).rstrip() + "\n"


def _settings() -> Iterator[str]:
    described = _descriptions()
    yield "| variable | default | what it sets |"
    yield "|---|---|---|"
    for name, field in Settings.model_fields.items():
        default = "PT4H" if name == "settling" else "" if field.default in ("", None) else str(field.default)
        yield f"| `{variable_name(name)}` | {f'`{default}`' if default else ''} | {described[name]} |"
    yield "\nWith the stand-in and with recorded responses, retry waits are shorter unless you set them."


def _descriptions() -> dict[str, str]:
    (found,) = [node for node in ast.parse(inspect.getsource(settings_module)).body if isinstance(node, ast.ClassDef)]
    texts = {}
    for node, following in zip(found.body, found.body[1:], strict=False):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(following, ast.Expr):
            texts[node.target.id] = " ".join(str(ast.literal_eval(following.value)).split())
    return texts


def _commands() -> Iterator[str]:
    yield from _of_group(typer.main.get_command(app), "tickerhouse")


def _of_group(group: Any, name: str) -> Iterator[str]:
    for own, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _of_group(command, f"{name} {own}")
            continue
        words, _, rest = inspect.cleandoc(command.help or "").partition("\b\n")
        examples, _, more = rest.partition("\n\n")
        yield f"## {name} {own}\n\n{' '.join(words.split())}\n"
        if examples:
            yield f"```sh\n{examples.strip()}\n```\n"
        if more:
            yield f"{' '.join(more.split())}\n"
        options = [option for option in command.params if option.name != "help"]
        if options:
            yield "| option | what it does |\n|---|---|"
            yield from (f"| `{_spelling(option)}` | {option.help or ''} |" for option in options)
            yield ""


def _spelling(option: Any) -> str:
    if option.param_type_name == "argument":
        return str(option.metavar or option.name)
    names = "/".join([option.opts[0], *option.secondary_opts])
    metavar = "" if option.is_flag else f" {option.metavar or '|'.join(getattr(getattr(option, 'type', None), 'choices', ())) or 'TEXT'}"
    return (names + metavar).replace("|", "\\|")


def _exit_codes() -> Iterator[str]:
    yield "| exit | of | meaning |\n|---|---|---|"
    yield from (f"| {code} | {who} | {meaning} |" for code, who, meaning in EXIT_CODES)


def _states() -> Iterator[str]:
    yield "| status | Prefect state type | exit | when |\n|---|---|---|---|"
    yield from (f"| `{status}` | {_STATES[status][0]} | {status.exit_code} | {_STATES[status][1]} |" for status in Status)


def _events() -> Iterator[str]:
    yield "| event | when |\n|---|---|"
    yield from (f"| `{name}` | {words} |" for name, words in EVENTS.items())


def _alerts() -> Iterator[str]:
    # Prefect costs seconds of imports, which the other pages do not need.
    from deployments.alert_files import read_alerts

    yield "| alert | channels | sent when | what to do |\n|---|---|---|---|"
    for alert in read_alerts("prod"):
        yield f"| `{alert.name}` | {', '.join(alert.channels)} | {alert.description} | [{alert.name}](../runbook.md#{alert.name}) |"


if __name__ == "__main__":
    main()
