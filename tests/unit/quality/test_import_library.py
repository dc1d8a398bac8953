import subprocess
import sys

_ASKS_WHILE_IMPORTING = """
import threading, time
from tasks.quality import great_expectations
from tasks.quality.rules import Rule

threading.Thread(target=great_expectations.import_library).start()
time.sleep(1)
rule = Rule("", "", "critical", "expect_table_row_count_to_be_between", {"min_value": 1})
print(great_expectations.fault(rule))
"""


def test_who_asks_while_another_thread_imports_waits_for_it() -> None:
    """The library's parts are there before it has registered its expectations."""
    asked = subprocess.run([sys.executable, "-c", _ASKS_WHILE_IMPORTING], capture_output=True, text=True, check=False)
    assert (asked.stdout, asked.returncode) == ("\n", 0), asked.stderr
