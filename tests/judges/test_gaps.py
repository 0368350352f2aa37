"""Claims on a real number by gaps: the parts say what the claim says, against pieces of the real line in exact arithmetic."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fpproof.formats import parse_format
from fpproof.judges import Budget, Finding, Referee
from fpproof.judges.cells import Pieces
from fpproof.judges.enumeration import EnumerationJudge
from fpproof.judges.exact import ExactJudge
from fpproof.judges.gaps import NotReducible, by_gaps, parts
from fpproof.judges.gaps.parts import _Ends, _Line
from fpproof.judges.smt import SmtJudge
from fpproof.judges.verdict import Disagreement, Outcome, Verdict
from fpproof.theory import Claim, instances, read_theory, read_theory_text
from fpproof.theory.evaluate import domain

ROOT = Path(__file__).parent.parent.parent

FORMATS = ("E2M1", "F(1,3)", "E3M2")
BOUNDED = "abs(r) <= F.Omega"

HOLD = [
    (BOUNDED, "abs(fl(r) - r) <= ulp(r) / 2"),
    (f"{BOUNDED}, abs(r) >= pow2(F.emin)", "abs(fl(r) - r) <= pow2(-F.p - 1) / (1 + pow2(-F.p - 1)) * abs(r)"),
    (f"{BOUNDED}, abs(r) >= pow2(F.emin)", "abs(fl(r) - r) / abs(r) <= pow2(-F.p - 1) / (1 + pow2(-F.p - 1))"),
    (f"{BOUNDED}, abs(r) >= pow2(F.emin)", "abs((fl(r) - r) / r) < pow2(-F.p - 1)"),
    (BOUNDED, "abs(fl(r, to=up) - r) < ulp(r)"),
    (BOUNDED, "fl(r, to=down) <= r <= fl(r, to=up)"),
    ("True", "max(r, fl(r, to=up)) == fl(r, to=up) or not finite(fl(r, to=up)) or abs(r) > F.Omega"),
    (f"{BOUNDED}, r >= 1 / 3", "fl(r) >= fl(1 / 3) and 3 * r >= 1"),
    (f"{BOUNDED}, r > 1 / 3, r < 2 / 5", "7 * r > 2 and min(5 * r, 6 * r) < 3"),
    ("r > 1, r < 1", "r == 7"),
    (BOUNDED, "r * fl(r) < 1 or abs(r) >= 1 / 2"),
    (BOUNDED, "abs(fl(2 * r) / 2 - r) <= ulp(2 * r) / 4 or abs(2 * r) > F.Omega"),
    ("True", "abs(fl(r) - r) <= abs(fl(r) - r) + 1 or not finite(fl(r))"),
    (f"{BOUNDED}, pow2(F.emin) <= r", "1 <= significand(r) < 2 and significand(r) * pow2(exponent(r)) == r"),
    ("r > 4 * F.Omega", "r > 3 * F.Omega and 2 * r > r + F.Omega"),
    ("True", "(r if r > 1 / 3 else 1 / 3) >= 1 / 3"),
    ("y != 0, r > 0", "(r - y) / y <= r / y"),
    ("r < 0", "1 / r < 0"),
]
FAIL = [
    (BOUNDED, "abs(fl(r) - r) < ulp(r) / 2"),
    (f"{BOUNDED}, abs(r) >= pow2(F.emin)", "abs(fl(r) - r) / abs(r) < pow2(-F.p - 1) / (1 + pow2(-F.p - 1))"),
    (BOUNDED, "abs(fl(r, to=up) - r) < ulp(r) * (1 - pow2(-20))"),
    ("True", "abs(fl(r) - r) <= F.Omega"),
    (f"{BOUNDED}, 3 * r != 1", "fl(r) != fl(1 / 3)"),
    (BOUNDED, "not 3 * r == 1 or r > 1"),
    (f"{BOUNDED}, r > 1 / 3, r < 2 / 5", "7 * r > 2.4"),
    (f"{BOUNDED}, r > 0, 7 * r < 5 * fl(r)", "8 * r >= 5 * fl(r)"),
    ("True", "r < 1000 * F.Omega or r == 1001 * F.Omega"),
    ("r > 0", "fl(r, to=down) * r > 0"),
    ("True", "abs(r) <= 1 / 3 or r != 7 / 3 * F.Omega"),
    ("r != 0", "r / y < 1000 or y > 0"),
    (BOUNDED, "max(3 * r, -r) >= 1 / 97"),
    ("r >= 0", "1 / r > 0 and 1 / r < infinity"),
]


def claim_of(assumed: str, shown: str, format: str) -> Claim:
    other = ", y: Float" if "y" in assumed + shown else ""
    text = f"from fpproof.lang import *\n@lemma\ndef l(r: Real{other}):\n    assume({assumed})\n    show({shown})\n"
    return instances(read_theory_text(text).lemmas[0], parse_format(format))[0]


def exactly(claim: Claim) -> Verdict:
    return ExactJudge().decide(claim, Budget(cases=10_000_000))


def along_the_line(claim: Claim) -> Outcome:
    """By pieces of the real line, for each value of the other variable."""
    real, *others = claim.variables
    pieces, met = Pieces(claim, real, 1000), False
    for value in domain(others[0]) or () if others else [None]:
        for finding, _, _ in pieces.findings({others[0]: value} if others else {}):
            if finding in (Finding.FAILS, Finding.UNKNOWN):
                return Outcome.REFUTED if finding is Finding.FAILS else Outcome.OPEN
            met = met or finding is Finding.HOLDS
    return Outcome.PROVED if met else Outcome.VACUOUS


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("assumed", "shown"), HOLD + FAIL)
def test_gaps_say_what_the_line_says(assumed: str, shown: str, format: str) -> None:
    """Where pieces of the line decide; elsewhere, as it is listed: all that refutes is replayed in any case."""
    claim = claim_of(assumed, shown, format)
    direct, by_parts = along_the_line(claim), by_gaps(claim, exactly)
    assert by_parts.outcome is not Outcome.OPEN
    if direct is not Outcome.OPEN:
        assert by_parts.outcome is direct
    else:
        assert by_parts.outcome is (Outcome.PROVED if (assumed, shown) in HOLD else Outcome.REFUTED)


def random_claims(count: int) -> Iterator[Claim]:
    """Claims made of lines, roundings, absolute values and least and greatest of them."""
    random = Random(4)

    def term(depth: int) -> str:
        if depth == 0:
            return random.choice(["r", "r", "fl(r)", "fl(r, to=up)", "1", "1 / 3", "F.Omega", "ulp(r)", "5 / 7"])
        x, y = term(depth - 1), term(random.randrange(depth))
        factor = random.choice(["2", "3", "-1", "3 / 7", "fl(r)"])
        forms = [f"({x} + {y})", f"({x} - {y})", f"abs({x})", f"min({x}, {y})", f"max({x}, {y})", f"({factor} * {term(0)})", f"({x} - {y}) / 2"]
        return random.choice(forms)

    def condition() -> str:
        compared = random.choice(["<", "<=", "==", "!=", ">"])
        return f"{term(random.randrange(3))} {compared} {term(random.randrange(2))}"

    for i in range(count):
        shown = random.choice(["{} or {}", "{} and {}", "{}", "not {}", "({}) == ({})"]).format(condition(), condition())
        assumed = random.choice([BOUNDED, "True", f"{BOUNDED}, {condition()}", f"0 < r, r <= F.Omega, {condition()}"])
        yield claim_of(assumed, shown, FORMATS[i % len(FORMATS)])


def disagreements(claims: Iterable[Claim]) -> tuple[int, int]:
    """How many claims gaps decide, and of how many they say something else than the line."""
    decided = wrong = 0
    for claim in claims:
        try:
            found = by_gaps(claim, exactly).outcome
        except NotReducible:
            continue
        except Disagreement:
            decided, wrong = decided + 1, wrong + 1
            continue
        direct = along_the_line(claim)
        if Outcome.OPEN not in (found, direct):
            decided, wrong = decided + 1, wrong + (found is not direct)
    return decided, wrong


def test_random_claims() -> None:
    decided, wrong = disagreements(random_claims(60))
    assert wrong == 0
    assert decided > 30


@pytest.mark.parametrize("kept", [[0], [0, 1], [0, 2], [1, 2]])
def test_each_kind_of_point_is_needed(kept: Sequence[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the near end, at roots, behind roots: without one of them something false is proved."""
    every = _Ends.cases

    def some(self: Any, conditions: Any) -> Iterator[Any]:
        return (case for i, case in enumerate(every(self, conditions)) if (0 if i == 0 else 1 + (i - 1) % 2) in kept)

    monkeypatch.setattr(_Ends, "cases", some)
    assert any(by_gaps(claim_of(*case, "E2M1"), exactly).outcome is not Outcome.REFUTED for case in FAIL)


def test_signs_of_ends_alone_are_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is 0 at a breakpoint has the sign of its other end in the gap behind it."""
    monkeypatch.setattr(_Line, "behind", lambda self, there: there)
    _, wrong = disagreements(claim_of(*case, "E2M1") for case in HOLD + FAIL)
    assert wrong


@pytest.mark.parametrize(
    ("assumed", "shown"),
    [
        ("True", "r * r >= 0"),
        ("True", "fl(r + 1) >= r"),
        ("True", "is_float(fl(r) - r) or r > 0"),
        ("True", "1 / (r + 1) > 0"),
        ("True", "exists(Float, lambda w: 3 * w > r) or r > 1"),
        ("r * fl(r) > 1", "r > fl(r) / 2"),
        ("exponent(r) > 1", "r > fl(r) / 2"),
        ("True", "same(2 * r - r, fl(r))"),
    ],
)
def test_what_is_beyond_it(assumed: str, shown: str) -> None:
    with pytest.raises(NotReducible):
        parts(claim_of(assumed, shown, "E2M1"))


def test_exponents_near_zero_and_beyond_the_range_are_not_taken_for_constant() -> None:
    """The claims hold at the middles of all gaps, and fail far down, or far out, where the line has binades without end."""
    beyond = "ulp(r) < 1000 * fl(1, to=up)"
    for assumed, shown in ((BOUNDED, "exponent(r) > -30"), ("r > F.Omega", beyond), ("r > F.Omega, ulp(r) > 1000", "r < 0")):
        found = by_gaps(claim_of(assumed, shown, "E2M1"), exactly)
        assert found.outcome is Outcome.OPEN
        assert "nothing is seen to fail there" in found.reason


STATEMENTS = (ROOT / "theories" / "arithmetic" / "rounding.py", ["relative_error", "relative_error_in_every_mode", "absolute_error"])


@pytest.mark.parametrize("name", STATEMENTS[1])
def test_enumeration_of_gaps_in_sixteen_bits(name: str) -> None:
    claim = instances(read_theory(STATEMENTS[0]).lemma(name), parse_format("binary16"))[0]
    verdict = EnumerationJudge().decide(claim, Budget())
    assert verdict.outcome is Outcome.PROVED
    assert verdict.cases > 4 * (1 << 15)


SHARPER = """from fpproof.lang import *
@lemma
def l(r: Real):
    u = pow2(-F.p - 1)
    assume(pow2(F.emin) <= abs(r), abs(r) < F.Omega)
    show(abs(fl(r) - r) <= {bound})
"""


@pytest.mark.parametrize(
    ("bound", "format", "outcome"),
    [
        ("u / (1 + u) * abs(r)", "binary32", Outcome.PROVED),
        ("pred(fl(u / (1 + u), to=down)) * abs(r)", "binary32", Outcome.REFUTED),
        ("ulp(r) / 2", "bfloat16", Outcome.PROVED),
        ("ulp(r) / 2 - F.omega / 4", "bfloat16", Outcome.REFUTED),
    ],
)
def test_bounds_of_large_formats(bound: str, format: str, outcome: Outcome) -> None:
    """The relative error bound is proved, a bound one float smaller is refuted."""
    claim = instances(read_theory_text(SHARPER.format(bound=bound)).lemmas[0], parse_format(format))[0]
    verdict = SmtJudge().decide(claim, Budget())
    assert verdict.outcome is outcome, verdict.reason
    if verdict.counterexample is not None:
        assert Referee(claim).at(verdict.counterexample.values) is Finding.FAILS
