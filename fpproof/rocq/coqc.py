"""Running coqc: in a temporary directory, with limits of time and memory, several at a time."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from fpproof.errors import FpproofError

Item = TypeVar("Item")
Found = TypeVar("Found")

LIMIT = 600
"""Seconds that coqc may take unless another limit is given."""

MEMORY = 8 << 20
"""KiB that coqc may take."""

CLOSED = "Closed under the global context"
HOW_TO_GET = "apt install coq libcoq-flocq"
_LONGEST_OUTPUT = 1 << 20
_running: set["subprocess.Popen[str]"] = set()


class RocqError(FpproofError):
    """coqc is missing or takes too long, or Rocq's library does not cover what is asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What coqc said of a file: whether it is accepted, its output, its complaint, the seconds it took."""

    accepted: bool
    output: str
    complaint: str
    version: str
    seconds: float

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What `Print Assumptions` printed, by theorem in the order of the file: CLOSED, or the names of the axioms, joined by blanks."""
        found: list[list[str]] = []
        inside = False
        for line in self.output.splitlines():
            if line.strip() == CLOSED:
                found.append([CLOSED])
                inside = False
            elif line.strip() in ("Axioms:", "Axioms that are assumed:"):
                found.append([])
                inside = True
            elif inside and (match := re.match(r"([\w.']+)(?= :|\s*$)", line)):
                found[-1].append(match[1])
        return tuple(" ".join(names) for names in found)


def installed() -> str | None:
    """Where coqc is, if it is installed."""
    return shutil.which("coqc")


def version(coqc: str) -> str:
    text = subprocess.run([coqc, "--version"], capture_output=True, text=True, errors="replace", timeout=60, check=False).stdout
    match = re.search(r"version (\S+)", text)
    return match[1] if match else "unknown"


def needed() -> str:
    """Where coqc is; RocqError if it is not installed."""
    if (coqc := installed()) is None:
        raise RocqError("coqc is not installed: Rocq checks nothing here", hint=HOW_TO_GET)
    return coqc


def run(text: str, limit: float = LIMIT) -> Answer:
    """coqc's answer to the text of a file; RocqError if it is not installed, is killed, or takes longer than `limit` seconds."""
    coqc = needed()
    start = perf_counter()
    with tempfile.TemporaryDirectory(prefix="fpproof-rocq-") as directory:
        path = Path(directory, "Export.v")
        path.write_text(text, encoding="utf-8")
        limited = ["/bin/sh", "-c", f'ulimit -v {MEMORY} 2>/dev/null; exec "$0" "$@"', coqc]
        code, output, complaint = _within(limit, [*limited, "-q", "-w", "none", path.name], directory)
    if code < 0 or re.search("out.of.memory|stack.overflow", complaint, re.IGNORECASE):
        raise RocqError("coqc ended without an answer: it needs more memory or stack than it may use", hint="fpproof export --to rocq keeps the file")
    if code and "Cannot find a physical path" in complaint:
        raise RocqError("Rocq's library Flocq is not installed", hint=HOW_TO_GET)
    return Answer(code == 0, output[:_LONGEST_OUTPUT], complaint[:_LONGEST_OUTPUT], version(coqc), perf_counter() - start)


def _within(limit: float, command: list[str], directory: str) -> tuple[int, str, str]:
    """Runs the command in a process group of its own, which ends with it, at the limit, or when we are interrupted."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=directory, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, errors="replace", start_new_session=True
    )
    _running.add(process)
    try:
        output, complaint = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        raise RocqError(f"coqc took longer than {limit:g} s", hint="give it more with --rocq-limit") from None
    finally:
        _running.discard(process)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return process.returncode, output, complaint


def each(ask: Callable[[Item], Found], items: Sequence[Item], jobs: int) -> Generator[Found, None, None]:
    """The answers in the order of the items, `jobs` sought at a time; when we are interrupted, every coqc ends."""
    with ThreadPoolExecutor(max(1, min(jobs, len(items)))) as pool:
        answers = [pool.submit(ask, item) for item in items]
        try:
            for answer in answers:
                yield answer.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in tuple(_running):
                os.killpg(process.pid, signal.SIGKILL)
            raise
