"""Commands that are killed at any moment, without the time that Python takes to begin: each is forked from a process that has imported everything.

`python -m tests.runs.killing` reads a line of JSON a command ([seconds, arguments...]), runs it in a child of its own, kills that child with SIGKILL
after so many seconds, and answers with a line: the child's standard output, and whether it had ended before.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.runs.theories import ROOT, environment


class Killer:
    """The process that forks; a context manager."""

    def __init__(self, ledger: Path) -> None:
        command = [sys.executable, "-m", "tests.runs.killing"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment(ledger), **pipes)

    def __enter__(self) -> "Killer":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def __call__(self, seconds: float, *arguments: str) -> tuple[str, bool]:
        """What the command had printed, and whether it ended by itself."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([seconds, *arguments]) + "\n")
        self._process.stdin.flush()
        output, ended = json.loads(self._process.stdout.readline())
        return output, ended


def _killed(seconds: float, arguments: list[str]) -> tuple[str, bool]:
    from fpproof.cli.main import main

    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            os.dup2(output.fileno(), 1)
            sys.stdout = os.fdopen(1, "w")
            main(arguments)
            sys.stdout.flush()
            os._exit(0)
        deadline, ended = time.monotonic() + seconds, False
        while not ended and time.monotonic() < deadline:
            ended = os.waitpid(child, os.WNOHANG)[0] == child
            time.sleep(0.002)
        if not ended:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        output.seek(0)
        return output.read().decode(), ended


def _serve() -> None:
    import fpproof.judges.enumeration.judge
    import fpproof.report
    import fpproof.runs.check
    import fpproof.runs.sweep

    assert fpproof.judges.enumeration.judge, "what commands import is there before they are forked"
    for line in sys.stdin:
        seconds, *arguments = json.loads(line)
        print(json.dumps(_killed(seconds, arguments)), flush=True)


if __name__ == "__main__":
    _serve()
