"""What workers do in tests: in a module that they can import."""

import os
import signal

from fpproof.errors import FpproofError


def double(x: int) -> int:
    return 2 * x


def process(x: int) -> int:
    return os.getpid()


def killed(x: int) -> int:
    if x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def wrong(x: int) -> int:
    raise FpproofError(f"{x} is wrong")
