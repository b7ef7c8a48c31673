"""Copies of a process: what they answer, how they end, and what is left of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from roaming.embedded import forks
from roaming.environment import CHECKOUT

pytestmark = pytest.mark.skipif(not forks.POSSIBLE, reason="Copies are made on Linux only.")
BEGIN = """
import os, pathlib, signal, sys
from django.core.exceptions import ImproperlyConfigured
from roaming.embedded import forks

def fail(error):
    raise error
"""


def run(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a script in a process that has no threads, as that of a portal."""
    command = [sys.executable, "-c", BEGIN + script, *arguments]
    return subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60
    )


def test_an_answer_comes_from_another_process_and_a_setting_that_is_wrong_as_it_was_raised() -> (
    None
):
    done = run(
        """
there = forks.answer_of(lambda: {"process": os.getpid()})
print(there["process"] != os.getpid())
try:
    forks.answer_of(lambda: fail(ImproperlyConfigured("PORT: taken")))
except ImproperlyConfigured as error:
    print(error)
"""
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\nPORT: taken\n", "")


def test_what_nobody_expected_is_shown_and_ends_the_process() -> None:
    done = run("forks.answer_of(lambda: fail(ZeroDivisionError('nothing')))\nprint('went on')")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "ZeroDivisionError: nothing" in done.stderr


def test_a_copy_has_a_name_an_output_and_an_end_of_its_own(tmp_path: Path) -> None:
    """The signals of its parent are not its own."""
    log = tmp_path / "copy.log"
    done = run(
        """
signal.signal(signal.SIGTERM, lambda *about: print("the parent's"))
def wait():
    print(pathlib.Path("/proc/self/comm").read_text().strip(), os.getsid(0) == os.getpid(), flush=True)
    os.write(ready, b"!")
    signal.pause()
is_ready, ready = os.pipe()
with open(sys.argv[1], "ab") as log:
    waiting = forks.Fork("portal-waiting", wait, log)
    ending = forks.Fork("portal-ending", forks.command_line(lambda: sys.argv[1], ["name", 3]), log)
os.read(is_ready, 1)
print(waiting.poll())
waiting.terminate()
print(waiting.wait(10), waiting.poll(), ending.wait(10))
""",
        str(log),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "None\n-15 -15 3\n", "")
    assert log.read_text() == "portal-waiting True\n"
