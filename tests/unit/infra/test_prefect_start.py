"""What `infra/prefect_start.py` mends: each fault is there without it, and gone with it.

In a process of its own, since what is mended is Prefect itself.
"""

import json
import subprocess
import sys

import pytest

PROGRAM = '''
import asyncio, json, sys, tempfile, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prefect.blocks.webhook import Webhook
from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy import text

from infra.prefect_start import mend


class Slow(BaseHTTPRequestHandler):
    """Answers after as long as it is asked to wait."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        time.sleep(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


async def two_messages(port, **more):
    async def sent(seconds):
        try:
            return (await Webhook(url=f"http://localhost:{port}/", **more).call(str(seconds))).status_code
        except Exception as error:
            return repr(error)

    return await asyncio.gather(sent(0.1), sent(0.4))


async def two_transactions(folder):
    configuration = AioSqliteConfiguration(f"sqlite+aiosqlite:///{folder}/x.db")
    engine = await configuration.engine()

    async def add_one(pause):
        async with await configuration.session(engine) as session, configuration.begin_transaction(session):
            await session.execute(text("select count(*) from t"))
            await asyncio.sleep(pause)
            await session.execute(text("insert into t values (1)"))

    async with await configuration.session(engine) as session, configuration.begin_transaction(session, with_for_update=True):
        await session.execute(text("create table if not exists t (i int)"))
    ended = await asyncio.gather(add_one(0.3), add_one(0.1), return_exceptions=True)
    return [str(getattr(each, "orig", each)) for each in ended]


async def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    said = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("before", "mended"):
            if name == "mended":
                mend()
            said[name] = {
                "webhooks": await two_messages(server.server_port),
                "webhooks unverified": await two_messages(server.server_port, verify=False),
                "transactions": await two_transactions(folder),
            }
    print(json.dumps(said))


asyncio.run(main())
'''


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, list[object]]]:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, dict[str, list[object]]] = json.loads(ended.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("kind", ["webhooks", "webhooks unverified"])
def test_of_two_messages_at_once_none_is_lost(said: dict[str, dict[str, list[object]]], kind: str) -> None:
    # Where Prefect itself does so, the mend can go.
    assert said["before"][kind] == [200, "ReadError('')"]
    assert said["mended"][kind] == [200, 200]


def test_a_transaction_that_reads_first_waits_for_its_turn_to_write(said: dict[str, dict[str, list[object]]]) -> None:
    assert said["before"]["transactions"] == ["database is locked", "None"]
    assert said["mended"]["transactions"] == ["None", "None"]
