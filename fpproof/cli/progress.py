"""Progress of long work: a bar with a time estimate on stderr, if that is a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(what: str, unit: str = "points", wanted: bool = True) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how much is done, and of how much."""
    if not wanted or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from tqdm import tqdm

    with tqdm(desc=what, unit=f" {unit}", leave=False, file=sys.stderr) as shown:

        def advance(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        yield advance
