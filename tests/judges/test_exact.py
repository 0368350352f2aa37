"""The exact judge: verdicts that are known, counted inputs, real counterexamples."""

from collections.abc import Mapping
from fractions import Fraction

import pytest
from gmpy2 import mpq

from fpproof.errors import TheoryError
from fpproof.formats import Mode, parse_format
from fpproof.judges import Budget, Disagreement, ExactJudge, Finding, Judge, Outcome, Referee, SamplingJudge, Verdict, replay
from fpproof.judges.exact import bounds
from fpproof.judges.sampling import HOPELESS
from fpproof.theory import Claim, Term, instances, read_theory_text
from fpproof.theory.numbers import NEGATIVE_ZERO, Number

EXACT: Judge = ExactJudge()
SAMPLING: Judge = SamplingJudge(3000)


def claims(text: str, format: str) -> tuple[Claim, ...]:
    """The claims of a lemma given as its parameters, a colon, and its lines parted by semicolons."""
    parameters, _, body = text.partition("|")
    lines = "".join(f"    {line.strip()}\n" for line in body.split(";"))
    return instances(read_theory_text(f"from fpproof.lang import *\n@lemma\ndef l({parameters}):\n{lines}").lemmas[0], parse_format(format))


def verdicts(text: str, format: str, judge: Judge = EXACT, budget: Budget | None = None) -> list[Verdict]:
    return [judge.decide(claim, budget or Budget()) for claim in claims(text, format)]


STERBENZ = "x: Float, y: Float | assume(0 <= y / 2 <= x <= 2 * y); show(fl(x - y) == x - y)"
STERBENZ_3 = "x: Float, y: Float | assume(0 <= y / 3 <= x <= 3 * y); show(fl(x - y) == x - y)"
TWO_SUM = (
    "a: Float, b: Float | s = fl(a + b); c = fl(s - a); d = fl(s - c); e = fl(a - d); f = fl(b - c); t = fl(e + f); "
    "assume(finite(s){}); show(s + t == a + b)"
)
DATA = "x: Datum, y: Datum |"

KNOWN = [
    # lemma, verdicts in E2M1, F(2,3), F(1,4) or the first of them: p proved, r refuted, v vacuous
    (STERBENZ, "ppp"),
    (STERBENZ_3, "rrr"),
    ("x: Float, y: Float | show(same(fl(x + y), fl(y + x)), same(fl(x * y), fl(y * x)))", "ppp"),
    ("x: Float, y: Float, z: Float | show(fl(fl(x + y) + z) == fl(x + fl(y + z)))", "rrr"),
    ("x: Float, y: Float | show((fl(x - y) == 0) == (x == y))", "ppp"),
    (f"{DATA} show(same(fl(x + y), fl(y + x)))", "ppp"),
    (f"{DATA} assume(finite(x), finite(y)); show(finite(fl(x + y)))", "prr"),
    (f"{DATA} show(not is_nan(fl(x - y)))", "prr"),
    ("x: Float, y: Float | assume(abs(x + y) <= pow2(F.emin)); show(fl(x + y) == x + y)", "ppp"),
    ("x: Float, y: Float | assume(abs(x + y) <= pow2(F.emin + 2)); show(fl(x + y) == x + y)", "rrr"),
    ("x: Float | assume(abs(x) <= F.Omega / 2); show(fl(2 * x) == 2 * x)", "ppp"),
    ("x: Float | show(fl(2 * x) == 2 * x)", "rrr"),
    ("x: Float | assume(abs(x) >= pow2(F.emin + 1)); show(fl(x / 2) == x / 2)", "ppp"),
    ("x: Float | show(fl(x / 2) == x / 2)", "rrr"),
    ("x: Float | assume(x >= pow2(F.emin), x * x <= F.Omega); show(fl(sqrt(fl(x * x))) == x)", "prr"),
    ("x: Float | assume(pow2(F.emin) <= x * x <= F.Omega); show(fl(sqrt(fl(x * x))) == abs(x))", "ppp"),
    ("x: Float | show(fl(sqrt(fl(x * x))) == abs(x))", "rrr"),
    (TWO_SUM.replace("{}", ""), "pr"),
    ("x: Float | show(succ(pred(x)) == x)", "rpp"),
    ("x: Float | assume(-F.Omega < x); show(succ(pred(x)) == x)", "ppp"),
    ("x: Float | assume(x > 0); show(ulp(x) <= succ(x) - x)", "rpp"),
    ("x: Float | show(x == significand(x) * pow2(exponent(x)))", "ppp"),
    ("x: Float | show(1 <= abs(significand(x)) < 2)", "rrr"),
    ("x: Float | assume(x != 0); show(1 <= abs(significand(x)) < 2)", "ppp"),
    ("x: Float | assume(x * x < 0); show(x == x)", "vvv"),
    ("x: Float | assume(x > F.Omega); show(False)", "vvv"),
    ("x: Float, n: Int | assume(0 <= n <= 3); show(x * pow2(n) == x * 2**n)", "ppp"),
    ("x: Float, n: Int | assume(0 <= n, n < 4, abs(x * pow2(n)) <= F.Omega); show(fl(x * pow2(n)) == x * pow2(n))", "ppp"),
    ("x: Float, b: Bool | show((x if b else -x) == (-x if not b else x))", "ppp"),
    ("x: Float | show(exists(Float, lambda w: fl(x + w) == 0))", "ppp"),
    ("x: Float | show(exists(Float, lambda w: w > x))", "rrr"),
    ("x: Float | show(exists(Float, lambda w: w > x, witness=x))", "rrr"),
    ("v: Vector[Float, Literal[2]] | show(v[0] + v[1] == sum(v))", "ppp"),
    # Reals, by cells
    ("r: Real | show(fl(fl(r)) == fl(r))", "ppp"),
    ("r: Real | show(same(fl(-r), -fl(r)), fl(-r, to=up) == -fl(r, to=down))", "ppp"),
    ("r: Real | show(fl(r, to=down) <= r <= fl(r, to=up))", "rpp"),
    ("r: Real | show(fl(r, to=down) <= fl(r) <= fl(r, to=up))", "ppp"),
    ("r: Real | assume(abs(r) <= F.Omega); show(abs(fl(r) - r) <= ulp(r) / 2)", "ppp"),
    ("r: Real | assume(abs(r) <= F.Omega); show(abs(fl(r) - r) < ulp(r) / 2)", "rrr"),
    ("r: Real | assume(pow2(F.emin) <= abs(r) <= F.Omega); u = pow2(-F.p - 1); show(abs(fl(r) - r) <= u / (1 + u) * abs(r))", "ppp"),
    ("r: Real | assume(pow2(F.emin) <= abs(r) <= F.Omega); u = pow2(-F.p - 1); show(abs(fl(r) - r) < u / (1 + u) * abs(r))", "rrr"),
    ("r: Real | assume(pow2(F.emin - 1) <= abs(r) <= F.Omega); u = pow2(-F.p - 1); show(abs(fl(r) - r) <= u / (1 + u) * abs(r))", "rrr"),
    ("r: Real | show(is_float(r) == (fl(r) == r))", "ppp"),
    ("r: Real | assume(2 * r == 3 * r - 1); show(r == 1)", "ppp"),
    ("r: Real | assume(r > 1, r < 1); show(False)", "vvv"),
    ("r: Real, x: Float | assume(x <= r); show(x <= fl(r))", "ppp"),
    ("r: Real, x: Float | assume(abs(x + r) < F.omega / 2); show(fl(x + r) == 0)", "ppp"),
    ("r: Real, x: Float | assume(abs(x + r) <= F.omega); show(fl(x + r) == 0)", "rrr"),
    ("r: Real, s: Real | assume(r <= s); show(fl(r) <= fl(s))", "p"),
    ("r: Real, s: Real | assume(r < s); show(fl(r) < fl(s))", "rrr"),
    ("r: Real, s: Real | assume(fl(r) < fl(s)); show(r < s)", "p"),
    ("r: Real, s: Real | assume(r < s); show(exists(Float, lambda w: r <= w <= s) or fl(r, to=up) == fl(s, to=up))", "p"),
]  # fmt: skip
_WORDS = {"p": Outcome.PROVED, "r": Outcome.REFUTED, "v": Outcome.VACUOUS}


@pytest.mark.parametrize(("text", "expected"), KNOWN)
def test_known_verdicts(text: str, expected: str) -> None:
    for format, letter in zip(("E2M1", "F(2,3)", "F(1,4)"), expected, strict=False):
        for verdict in verdicts(text, format):
            assert verdict.outcome is _WORDS[letter], (format, str(verdict.counterexample), verdict.reason)


@pytest.mark.parametrize("text", [text for text, expected in KNOWN if "r" in expected])
def test_counterexamples_are_real(text: str) -> None:
    for format in ("E2M1", "F(2,3)"):
        for claim in claims(text, format):
            verdict = EXACT.decide(claim, Budget())
            if verdict.counterexample is not None:
                referee = Referee(claim)
                assert referee.at(verdict.counterexample.values) is Finding.FAILS
                assert referee.failed == verdict.counterexample.conclusion
                assert list(verdict.counterexample.values) == list(claim.variables)


@pytest.mark.parametrize("mode", list(Mode))
def test_monotone_in_every_mode(mode: Mode) -> None:
    name = mode.value.replace("-", "_")
    assert [v.outcome for v in verdicts(f"r: Real, s: Real | assume(r <= s); show(fl(r, to={name}) <= fl(s, to={name}))", "E2M1")] == [Outcome.PROVED]


def test_a_mode_parameter_is_six_claims() -> None:
    found = verdicts("r: Real, m: Mode | assume(abs(r) <= F.Omega); show(abs(fl(r, to=m) - r) <= ulp(r) / 2)", "F(2,3)")
    assert [v.outcome for v in found] == [Outcome.PROVED] * 2 + [Outcome.REFUTED] * 4
    assert found[2].scope == "F(2,3), m = toward-zero"


def test_sterbenz_counts() -> None:
    (verdict,) = verdicts(STERBENZ, "F(2,3)")
    F = parse_format("F(2,3)")
    numbers = [Fraction(n) for n in (F.from_ordinal(k)[0] * Fraction(2) ** (F.from_ordinal(k)[1] or 0) for k in range(-27, 28))] + [Fraction(0)]
    assert (verdict.cases, verdict.met) == (56**2, sum(0 <= y / 2 <= x <= 2 * y for x in numbers for y in numbers))


def test_two_sum_in_e5m2_has_its_two_counterexamples() -> None:
    """Source of the two: a = 12288, b = -57344 and its negative, where s - a overflows though s does not."""
    claim = claims(TWO_SUM.replace("{}", ""), "E5M2")[0]
    a, b = claim.variables
    referee = Referee(claim)
    assert referee.at({a: mpq(12288), b: mpq(-57344)}) is Finding.FAILS
    assert referee.at({a: mpq(-12288), b: mpq(57344)}) is Finding.FAILS
    assert referee.at({a: mpq(12288), b: mpq(-49152)}) is Finding.HOLDS


def test_a_requirement_that_is_not_met() -> None:
    assert claims("x: Float | require(F.q >= 6); show(x == x)", "E5M2") == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x: Float, n: Int | show(x * n == n * x)", "n is an Int without bounds"),
        ("x: Float, n: Int | assume(n >= 0, n * n < 9); show(x * n == n * x)", "n is an Int without bounds"),
        ("x: Float, y: Float, z: Float, w: Float | show(x + y + z + w == w + z + y + x)", "about 9834496 cases, the budget is 2000000"),
        ("x: Vector[Float, 1000] | show(x[0] + x[1] == x[1] + x[0])", "about 2^5807 cases, the budget is 2000000"),
        ("r: Real | show(r * r >= 0)", "r * r is not linear in a real variable"),
        ("r: Real, s: Real | show(r + s == s + r)", "several reals (r, s) in more than rounding and comparisons"),
        ("x: Float | show(exp(log(3)) != x)", "is not decided by balls of 4096 bits"),
        ("x: Float | show(exists(Real, lambda r: r * r == x))", "there is no complete search over Real"),
    ],
)
def test_what_stays_open(text: str, reason: str) -> None:
    (verdict,) = verdicts(text, "F(2,3)")
    assert verdict.outcome is Outcome.OPEN
    assert reason in verdict.reason


@pytest.mark.parametrize(("text", "most"), [("pow2(exponent(x) * 1000000) >= 0", 2), ("exp(log(3)) != x", 5)])
def test_balls_of_more_bits_are_asked_only_where_they_may_help(text: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = f"from fpproof.lang import *\n@lemma\ndef l(x: Float):\n    show({text})\n"
    (claim,) = instances(read_theory_text(lines).lemmas[0], parse_format("F(2,4)"))
    asked: list[int] = []
    at = Referee._at

    def counting(self: Referee, bits: int, values: Mapping[Term, Number | bool]) -> Finding:
        asked.append(bits)
        return at(self, bits, values)

    monkeypatch.setattr(Referee, "_at", counting)
    assert Referee(claim).at({claim.variables[0]: mpq(3) if most == 5 else mpq(64)}) is Finding.UNKNOWN
    assert len(asked) == most


def test_a_refutation_beats_what_is_unknown() -> None:
    (verdict,) = verdicts("x: Float | show(exp(x) > 0, x < 3)", "F(2,3)")
    assert verdict.outcome is Outcome.REFUTED
    assert verdict.counterexample is not None
    assert verdict.counterexample.conclusion == 1


@pytest.mark.parametrize(
    ("text", "shrunk"),
    [
        ("x: Float | show(x <= 5)", "x = 8.0 (0x1p+3)"),
        ("x: Float | show(x < 3)", "x = 4.0 (0x1p+2)"),
        ("x: Float, y: Float | show(x < 3)", "x = 4.0 (0x1p+2), y = 0.0 (0x0p+0)"),
        ("x: Datum | show(finite(x))", "x = inf"),
        ("x: Datum | show(not is_nan(x))", "x = nan"),
        ("x: Float, b: Bool, n: Int | assume(-9 <= n <= 9); show(False)", "x = 0.0 (0x0p+0), b = False, n = 0"),
        ("x: Float | show(not same(x, -0.0))", "x = -0.0 (-0x0p+0)"),
        ("r: Real | show(r < 3)", "r = 4"),
    ],
)
def test_counterexamples_are_small(text: str, shrunk: str) -> None:
    (verdict,) = verdicts(text, "F(2,3)")
    assert str(verdict.counterexample) == shrunk


def test_replay_refuses_what_is_no_counterexample() -> None:
    claim = claims(STERBENZ, "F(2,3)")[0]
    x, y = claim.variables
    for values in ({x: mpq(1), y: mpq(1)}, {x: mpq(1), y: mpq(8)}):
        with pytest.raises(Disagreement):
            replay(claim, values)


@pytest.mark.parametrize(("format", "bits"), [("binary16", 10), ("binary32", 23), ("E5M2", 2)])
def test_a_counterexample_shrinks_past_numbers_that_are_none(format: str, bits: int) -> None:
    """Cutting bits off an odd subnormal number gives even ones, for which the lemma holds: the simplest odd one is three times omega."""
    claim = claims("x: Float | assume(abs(x) >= 2 * F.omega); show(fl(2 * fl(x / 2)) == x)", format)[0]
    (x,) = claim.variables
    omega = mpq(parse_format(format).omega)
    found = replay(claim, {x: -omega * (2 ** (bits + 1) - 1)})
    assert found.values[x] == 3 * omega


def test_a_statement_that_is_wrong_somewhere_is_an_error() -> None:
    text = "x: Float | assume({}); show(value(f, x) == value(f, x))"
    lines = text.replace("value(f, x)", "value(layers(affine([[x / 3]])), x)")
    with pytest.raises(TheoryError, match=r"lemma l in F\(2,3\): the weight x / 3 is .*, which is no float of F\(2,3\) at x = "):
        verdicts(lines.replace("{}", "True"), "F(2,3)")
    assert verdicts(lines.replace("{}", "is_float(x / 3)"), "F(2,3)")[0].outcome is Outcome.PROVED


def test_bounds_of_integers() -> None:
    claim = claims("n: Int, k: Int, m: Int | assume(2 < n, n <= 7 / 2, 5 >= k >= 0, k != 3, m == 4); show(n == 3)", "F(2,3)")[0]
    assert [bounds(claim, v) for v in claim.variables] == [(3, 3), (0, 5), (4, 4)]
    verdict = EXACT.decide(claim, Budget())
    assert (verdict.outcome, verdict.cases, verdict.met) == (Outcome.PROVED, 6, 5)


# Sampling


@pytest.mark.parametrize(("text", "expected"), [case for case in KNOWN if "v" not in case[1] and "exists" not in case[0] and len(case[1]) > 1])
def test_sampling_never_contradicts_the_exact_judge(text: str, expected: str) -> None:
    for verdict in verdicts(text, "F(2,3)", SamplingJudge(300)):
        assert verdict.outcome in (Outcome.SUPPORTED, Outcome.REFUTED, Outcome.OPEN)
        assert (verdict.outcome is not Outcome.REFUTED) or expected[1] == "r"


def test_sampling_finds_what_is_common_and_the_same_again() -> None:
    first, second = (verdicts(STERBENZ_3, "binary32", SAMPLING)[0] for _ in range(2))
    assert first.outcome is Outcome.REFUTED
    assert str(first.counterexample) == str(second.counterexample)
    assert verdicts(STERBENZ, "binary32", SAMPLING)[0].outcome is Outcome.SUPPORTED
    assert verdicts("x: Float | assume(x > F.Omega); show(False)", "binary32", SAMPLING)[0].outcome is Outcome.OPEN


def test_sampling_ends_early_where_there_is_nothing_to_draw() -> None:
    """One input where there are no variables; no more than some where the referee knows of none."""
    (alone,) = verdicts("| show(exists(Int, lambda n: n * n == 2))", "E2M1", SAMPLING)
    assert (alone.outcome, alone.cases) == (Outcome.OPEN, 1)
    (unknown,) = verdicts("x: Float | show(exists(Int, lambda n: n * n == 2) or x != x)", "E2M1", SAMPLING)
    assert (unknown.outcome, unknown.cases) == (Outcome.OPEN, HOPELESS)


def test_zeros_of_both_signs_are_looked_at() -> None:
    claim = claims("x: Float | show(same(x, x + 0.0) or x == 0)", "F(2,3)")[0]
    assert EXACT.decide(claim, Budget()).outcome is Outcome.PROVED
    (verdict,) = verdicts("x: Float | show(same(x, x + 0.0))", "F(2,3)")
    assert verdict.counterexample is not None
    assert list(verdict.counterexample.values.values()) == [NEGATIVE_ZERO]
