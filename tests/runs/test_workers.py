"""Workers: every item once, errors told from ends."""

import os
import sys

import pytest

from fpproof.errors import FpproofError
from fpproof.runs import workers
from fpproof.runs.workers import work
from tests.runs.work_items import double, killed, process, wrong


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes begin at once, and their parent is no pytest: so the module that they import is a small one."""
    monkeypatch.setattr(workers, "QUICK", 0.0)
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", None, raising=False)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_item_once(jobs: int) -> None:
    assert sorted(work(double, range(20), jobs)) == [(i, 2 * i) for i in range(20)]
    assert list(work(double, [], jobs)) == []


def test_two_processes_do_the_work() -> None:
    assert os.getpid() not in {pid for _, pid in work(process, range(10), 2)}


def test_an_error_ends_the_run() -> None:
    with pytest.raises(FpproofError, match="is wrong"):
        list(work(wrong, range(10), 2))


def test_a_worker_that_was_ended_is_said_to_be() -> None:
    with pytest.raises(FpproofError, match="a worker process was ended from outside"):
        list(work(killed, range(10), 2))
