"""The arithmetic of a run, as a text.

exact                        rationals
binary16                     a format, sums from left to right
binary16:pairwise            under a semantics (fpproof.networks.parse_semantics)
bfloat16/binary32            mixed: passes in bfloat16; momenta, parameters and the step in binary32
bfloat16~7                   the last subtraction of a step rounded stochastically, with seed 7 (generator PCG64)
numpy:float32                numpy's own operations, sums from left to right
matmul:float32, torch:float32    matrix products of numpy, autograd of torch: as practised, in whatever order they add
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from fpproof.errors import FpproofError, NetworkError
from fpproof.formats import Format, parse_format
from fpproof.networks import LEFT_TO_RIGHT, Semantics, parse_semantics
from fpproof.training.numbers import Data, Lanes, Machine, Numbers, Rationals, has_lanes, machine_dtype, rounded_numbers

PRACTICE = ("matmul", "torch")
"""Arithmetics whose order of sums is the library's."""

_TEXT = re.compile(r"(?P<format>[^:~]+)(?::(?P<semantics>[^~]+))?(?:~(?P<seed>\d{1,18}))?")


@dataclass(frozen=True)
class Arithmetic:
    """What a run is computed in: numbers of the passes, numbers of the step, the order of sums, and a seed if steps are rounded stochastically."""

    text: str
    passes: Numbers
    steps: Numbers
    semantics: Semantics = LEFT_TO_RIGHT
    seed: int | None = None
    practice: str | None = None
    """"matmul" or "torch"."""

    @property
    def format(self) -> Format | None:
        """The format of the parameters."""
        return None if isinstance(self.steps, Rationals) else self.steps.format  # type: ignore[attr-defined]  # all others have one

    @property
    def mixed(self) -> bool:
        return self.passes is not self.steps


def parse_arithmetic(text: str, slope: Fraction = Fraction(0)) -> Arithmetic:
    """The arithmetic that a text names; `slope` is ReLU'(0) in exact arithmetic. Raises FpproofError with what there is."""
    text = text.strip()
    if text == "exact":
        numbers = Rationals(slope)
        return Arithmetic(text, numbers, numbers)
    name, _, rest = text.partition(":")
    if name in ("numpy", *PRACTICE):
        machine = Machine(machine_dtype(rest))
        return Arithmetic(text, machine, machine, practice=None if name == "numpy" else name)
    match = _TEXT.fullmatch(text)
    if match is None:
        raise FpproofError(f"arithmetic {text[:60]!r} is unknown", hint="exact, binary16, binary16:fma, bfloat16/binary32, bfloat16~7, numpy:float32")
    formats = [parse_format(part) for part in re.split(r"/(?![^()]*\))", match["format"])]
    if len(formats) > 2:
        raise FpproofError(f"arithmetic {text[:60]!r}: expected one format, or two: that of passes and that of parameters")
    semantics = parse_semantics(match["semantics"]) if match["semantics"] else LEFT_TO_RIGHT
    return in_formats(formats[0], formats[-1], semantics, None if match["seed"] is None else int(match["seed"]), text)


def in_formats(
    F: Format, G: Format, semantics: Semantics = LEFT_TO_RIGHT, seed: int | None = None, text: str = "", exactly: bool = False
) -> Arithmetic:
    """Passes in F, parameters in G. `exactly` chooses data where lanes would do."""
    lanes = not exactly and has_lanes((F, G), semantics)
    passes: Data | Lanes = rounded_numbers(F, semantics, lanes)
    steps = passes if F == G else rounded_numbers(G, Semantics(flush=semantics.flush), lanes)
    if seed is not None and semantics.flush:
        raise NetworkError("stochastic rounding: expected a semantics without flush")
    return Arithmetic(text or F.name, passes, steps, semantics, seed)
