"""Claims on a real number by gaps: the parts say what the claim says, against pieces of the real line in exact arithmetic."""

from collections.abc import Sequence

import pytest

from fpproof.formats import parse_format
from fpproof.judges import Budget
from fpproof.judges.exact import ExactJudge
from fpproof.judges.gaps import NotReducible, by_gaps, parts
from fpproof.judges.verdict import Outcome, Verdict
from fpproof.theory import Claim, instances, read_theory_text

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
    (f"r * fl(r) >= 1, {BOUNDED}", "abs(r) >= 1 / 2"),
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
    ("r > 0", "fl(r, to=up) * r > 0"),
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


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("assumed", "shown"), HOLD + FAIL)
def test_gaps_say_what_the_line_says(assumed: str, shown: str, format: str) -> None:
    claim = claim_of(assumed, shown, format)
    direct, by_parts = exactly(claim), by_gaps(claim, exactly)
    print(format, assumed, shown, direct.outcome, by_parts.outcome, direct.reason, by_parts.reason, by_parts.cases)
