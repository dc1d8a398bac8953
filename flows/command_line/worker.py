"""``tickerhouse worker``: runs a Prefect worker on the embedded stack or on AWS."""

import os
import signal
import subprocess
import sys

from flows.command_line.environment import named_server, prefect_name, read_environment, ready
from tasks.orchestration.settings import without_secrets


def work() -> int:
    """Serves the work pool until it is stopped.

    Returns:
        The worker's exit status.

    Raises:
        StackFault: the embedded stack could not be used.
    """
    with ready(read_environment(None), for_run=True, keeps_prefect=True) as context:
        settings = context.settings
        is_elsewhere = context.stack is None or named_server(settings)
        server = f" of {prefect_name(None)}" if is_elsewhere else ""
        print(
            f"Serving the pool {settings.work_pool}{server} for {settings.environment} · source {settings.source}. Ctrl-C ends it.",
            flush=True,
        )
        command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", settings.work_pool, "--type", settings.work_pool_type]
        # Runs print their own lines through Prefect; the command line's handlers are not theirs. They need the key and no webhook.
        environment = without_secrets(os.environ, "api_key") | {"PREFECT_LOGGING_EXTRA_LOGGERS": "tickerhouse"}
        with subprocess.Popen([*command, "--install-policy", "never"], env=environment) as worker:
            # A terminal's Ctrl-C reaches both; what ends this process alone is passed on, or the worker would be left behind.
            signal.signal(signal.SIGTERM, lambda *_: worker.terminate())
            try:
                return worker.wait()
            except KeyboardInterrupt:
                return worker.wait()
