"""``tickerhouse up`` and ``tickerhouse down``: keep the embedded stack running, and end it."""

import signal

from flows.command_line.environment import embedded_stack, end_stack
from flows.command_line.shell_quoting import command
from tasks.orchestration.settings import Settings


def keep_up() -> None:
    """Starts the servers, says where they are and which of them had to be started again, and stops them on Ctrl-C or SIGTERM.

    Raises:
        StackFault: they could not be started, or not be kept running.
    """
    print("Starting the embedded stack ...", flush=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts it in the background has it ignored
    with embedded_stack(Settings.from_environment(), report=_report) as stack:
        stack.stop_with_this_command()
        print(f"  Prefect UI     {stack.prefect_url}")
        print(f"  Slack inbox    {stack.slack_url}")
        print(f"  S3             {stack.s3_url} (its files lie in {stack.folder / 's3'})")
        print(f"  Alpha Vantage  {stack.alpha_vantage_url} (the stand-in)")
        print(f"  Redshift       localhost:{stack.ports['redshift']} (try: {command('sql', 'select current_date')})")
        print("Ctrl-C stops them.", flush=True)
        try:
            stack.watch()
        except KeyboardInterrupt:
            print("\nStopping ...", flush=True)
    print("Stopped.")


def stop() -> None:
    """Ends the servers, and says whether any ran.

    Raises:
        StackFault: a command uses them.
    """
    print("Stopped." if end_stack(Settings.from_environment(), _report) else "The embedded stack is not running.")


def _report(text: str) -> None:
    print(f"  {text}", flush=True)
