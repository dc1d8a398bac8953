"""``tickerhouse up``: keeps the embedded stack running for other commands."""

import signal
import time

from flows.command_line.environment import embedded_stack
from flows.command_line.shell_quoting import command
from tasks.orchestration.settings import Settings


def keep_up() -> None:
    """Starts the servers, says where they are, and stops them on Ctrl-C or SIGTERM."""
    print("Starting the embedded stack ...", flush=True)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)  # a shell that starts it in the background has it ignored
    with embedded_stack(Settings.from_environment(), keeps_up=True) as stack:
        print(f"  Prefect UI     {stack.prefect_url}")
        print(f"  Slack inbox    {stack.slack_url}")
        print(f"  S3             {stack.s3_url} (its files lie in {stack.folder / 's3'})")
        print(f"  Alpha Vantage  {stack.alpha_vantage_url} (the stand-in)")
        print(f"  Redshift       localhost:{stack.ports['redshift']} (try: {command('sql', 'select current_date')})")
        print("Ctrl-C stops them.", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("\nStopping ...", flush=True)
    print("Stopped.")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
