"""Work on all cores: a function applied to items, in this process while that is quick, else in several.

What a function gives back is yielded when it is there, in no order, so that it can be stored at once. A worker process ends with
its parent, however the parent ends.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from fpproof.errors import FpproofError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

QUICK = 1.0
"""Seconds of work that are not worth another process."""


def work(function: Callable[[Item], Answer], items: Sequence[Item], jobs: int) -> Generator[tuple[Item, Answer], None, None]:
    """Each item with its answer. Items are begun in their order; an exception of the function ends the run."""
    begun = time.monotonic()
    for number, item in enumerate(items):
        if jobs > 1 and time.monotonic() - begun > QUICK and len(items) - number > 1:
            yield from _in_processes(function, items[number:], jobs)
            return
        yield item, function(item)


def _in_processes(function: Callable[[Item], Answer], items: Sequence[Item], jobs: int) -> Generator[tuple[Item, Answer], None, None]:
    workers = min(jobs, len(items))
    threads = max(1, (os.cpu_count() or 1) // workers)
    context = multiprocessing.get_context("spawn")
    before = multiprocessing.active_children()
    executor = ProcessPoolExecutor(workers, context, _begin, (threads,))
    try:
        waiting: dict[Future[Answer], Item] = {}
        rest = iter(items)
        for item in rest:
            waiting[executor.submit(function, item)] = item
            if len(waiting) < 2 * workers:
                continue
            yield from _finished(waiting)
        while waiting:
            yield from _finished(waiting)
        executor.shutdown()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            if child not in before:
                child.kill()


def _finished(waiting: dict[Future[Answer], Item]) -> Generator[tuple[Item, Answer], None, None]:
    """Those that are done, at least one."""
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        try:
            answer = future.result()
        except BrokenProcessPool:
            hint = "what was decided before is stored: start again, with --jobs 1 if memory is short"
            raise FpproofError("a worker process was ended from outside", hint=hint) from None
        yield waiting.pop(future), answer


def _begin(threads: int) -> None:
    """In a new worker: leave Ctrl-C to the parent, end with it, share the cores."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("NUMBA_NUM_THREADS", str(threads))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
