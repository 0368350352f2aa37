"""The enumeration judge: agrees with brute force on random statements, decides known lemmas, sends what it cannot decide to the referee."""

import gc
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.errors import FpproofError, TheoryError
from fpproof.formats import parse_format
from fpproof.judges import Budget, Disagreement, ExactJudge, Finding, Outcome, Referee, Verdict, exact
from fpproof.judges.enumeration import EnumerationJudge, compiled, judge
from fpproof.judges.enumeration.source import Beyond, Kernel, NoDomain, _Writer, kernel
from fpproof.judges.enumeration.sweep import Sweep, TooManyUndecided
from fpproof.judges.enumeration.values import Single
from fpproof.judges.referee import replay
from fpproof.theory import Claim, Term, instances, read_theory_text
from fpproof.theory.numbers import ONE, Number
from tests.judges.interpreted import interpreted
from tests.judges.statements import bounds, conditions

JUDGE = EnumerationJudge(jobs=2)
MUCH = Budget(cases=1 << 33)


def claim(text: str, format: str = "E5M2", G: str = "binary16") -> Claim:
    """The claim of a lemma given as its parameters, a bar, and its lines parted by semicolons."""
    parameters, _, body = text.partition("|")
    lines = "".join(f"    {line.strip()}\n" for line in body.split(";"))
    theory = read_theory_text(f"from fpproof.lang import *\n@lemma\ndef l(G: Format, {parameters}):\n{lines}")
    (found,) = instances(theory.lemmas[0], {"F": parse_format(format), "G": parse_format(G)})
    return found


def decide(text: str, format: str = "E5M2", **given: str) -> Verdict:
    return JUDGE.decide(claim(text, format, **given), MUCH)


def summary(verdict: Verdict) -> tuple[Outcome, int, int | None]:
    return verdict.outcome, verdict.cases, verdict.met


# Against brute force

small = st.sampled_from(["E2M1", "F(1,3)"])
larger = st.sampled_from(["E2M1", "F(2,3)", "E4M3FN", "E4M3FN-sat", "E5M2", "E3M2"])
others = st.sampled_from(["binary16", "E4M3FN", "E2M1", "bfloat16"])


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, str, str]:
    """A lemma of one parameter in formats of up to 8 bits, or of two in tiny ones. That which counts is which inputs meet its assumptions."""
    variables = draw(st.sampled_from([("x",), ("x", "y")]))
    domain = draw(st.sampled_from(["Float", "Float", "Datum"]))
    first = draw(st.one_of(st.just(""), bounds(variables).map("assume({});".format)))
    parameters = ", ".join(f"{v}: {domain}" for v in variables)
    text = f"{parameters} | {first} assume({draw(conditions(2, variables))}); show(x == x or x != x)"
    return text, draw(larger if len(variables) == 1 else small), draw(others)


@settings(max_examples=25)
@given(statements())
def test_random_statements_meet_their_assumptions_where_brute_force_says(statement: tuple[str, str, str]) -> None:
    """The kernel is run by Python: what numba makes of it is looked at below."""
    try:
        found = claim(*statement)
        plan = kernel(found)
    except (FpproofError, Beyond, NoDomain):
        return
    chunk, verdict = interpreted(plan).run(0, plan.units, 10**9), ExactJudge().decide(found, Budget())
    if verdict.outcome is not Outcome.OPEN:
        assert (chunk.cases, chunk.met, chunk.failing, chunk.reason) == (verdict.cases, verdict.met, None, "")


MANY_OPERATIONS = (
    "x: Datum, y: Float | assume(fl(x / 3, to=up) <= max(y, succ(x)) or is_float(x * y - 1)); "
    "assume(sqrt(abs(x)) + 0.1 < ulp(y) * pow2(exponent(x)) or same(fl(x + y, to=to_odd), fl(x - y, to=nearest_away))); "
    "show(significand(x) * x**3 / y != fl(y, G, to=toward_zero) or finite(pred(x) - fl(x * y * y, to=down)))"
)


def test_compiled_kernels_do_what_their_text_says() -> None:
    plan = kernel(claim(MANY_OPERATIONS, "E2M1"))
    assert Sweep(plan).run(0, plan.units, 10**6) == interpreted(plan).run(0, plan.units, 10**6)


def test_compiled_kernels_agree_with_brute_force() -> None:
    statement = claim(MANY_OPERATIONS, "E2M1")
    found, by_hand = JUDGE.decide(statement, MUCH), ExactJudge().decide(statement, Budget())
    assert found.outcome is by_hand.outcome
    if found.outcome is Outcome.PROVED:
        assert summary(found) == summary(by_hand)


# Known lemmas

STERBENZ = "x: Float, y: Float | assume(0 <= y / 2 <= x <= 2 * y); show(fl(x - y) == x - y)"
TWO_SUM = "a: Float, b: Float | s = fl(a + b); c = fl(s - a); d = fl(s - c); t = fl(fl(a - d) + fl(b - c)); assume(finite(s){}); show(s + t == a + b)"


@pytest.mark.parametrize(("format", "cases", "met"), [("E5M2", 61504, 1079), ("binary16", 4030726144, 62944259)])
def test_sterbenz(format: str, cases: int, met: int) -> None:
    """All pairs; the condition cuts the loops, so that binary16 takes no second. The met ones in E5M2 are counted by brute force."""
    assert summary(decide(STERBENZ, format)) == (Outcome.PROVED, cases, met)


def test_met_pairs_of_sterbenz() -> None:
    """y/2 <= x <= 2 y counted in another way: by places, both zeros with both."""
    F = parse_format("binary16")
    values = [F.from_ordinal(n) for n in range(1, F.largest_ordinal + 1)]
    exact = [m * 2 ** (e + 24) for m, e in values if e is not None]
    count, low, high = 0, 0, 0
    for y in exact:
        while 2 * exact[low] < y:
            low += 1
        while high < len(exact) and exact[high] <= 2 * y:
            high += 1
        count += high - low
    assert count + 4 == 62944259


@pytest.mark.parametrize("format", ["E5M2", "binary16"])
def test_a_factor_of_three_refutes_sterbenz(format: str) -> None:
    statement = claim(STERBENZ.replace("2", "3"), format)
    found = JUDGE.decide(statement, MUCH)
    assert found.outcome is Outcome.REFUTED
    assert found.counterexample is not None
    assert Referee(statement).at(found.counterexample.values) is Finding.FAILS


def test_two_sum_fails_at_two_pairs_of_e5m2() -> None:
    """a = 12288, b = -57344, where s - a overflows, and the negative of it."""
    assert decide(TWO_SUM.format("")).outcome is Outcome.REFUTED
    assert decide(TWO_SUM.format(", not (a == 12288 and b == -57344), not (a == -12288 and b == 57344)")).outcome is Outcome.PROVED
    statement = claim(TWO_SUM.format(""))
    for a in (12288, -12288):
        point = dict(zip(statement.variables, (ONE * a, -ONE * a / 12288 * 57344), strict=True))
        assert Referee(statement).at(point) is Finding.FAILS


def test_addition_is_monotone_in_three_operands() -> None:
    found = decide("x: Float, y: Float, z: Float | assume(x <= y); show(fl(x + z) <= fl(y + z))")
    assert (found.outcome, found.cases) == (Outcome.PROVED, 248**3)


@pytest.mark.parametrize("mode", ["up", "nearest_away", "to_odd"])
def test_rounding_modes(mode: str) -> None:
    """Products rounded in two steps, through to-odd; and one-sided modes lie on their side."""
    side = {"up": "r >= x * y"}.get(mode, "abs(r - x * y) < ulp(x * y)")
    assumed = f"r = fl(x * y, to={mode}); assume(finite(r), abs(x * y) <= F.Omega)"
    text = f"x: Float, y: Float | {assumed}; show({side}, r == fl(fl(x * y, G, to=to_odd), to={mode}))"
    assert decide(text, "E4M3FN", G="binary32").outcome is Outcome.PROVED


def test_sharp_bounds_of_quotients_and_roots() -> None:
    """Bounds that are met nowhere, since no quotient is a midpoint; met with < 1/2 ulp at every input, so no pair may be too wide."""
    found = decide(
        "x: Float, y: Float | assume(y != 0, abs(x / y) <= F.Omega, abs(x / y) >= F.omega); show(abs(fl(x / y) - x / y) <= ulp(x / y) / 2)"
    )
    assert found.outcome is Outcome.PROVED
    root = decide("x: Float | assume(x > 0); show(abs(fl(sqrt(x)) - sqrt(x)) < ulp(sqrt(x)) / 2)", "binary16")
    assert (root.outcome, root.evidence["undecided"]) == (Outcome.PROVED, 0)


def test_one_variable_of_32_bits_by_chunks() -> None:
    """Blocks of values computed from their places: the first chunk, the one with the zeros, the last."""
    statement = claim("x: Float | assume(x < 0 or same(x, 0.0)); show(fl(x + x) == 2 * x or abs(x) > F.Omega / 2)", "binary32")
    count = JUDGE.chunks(statement)
    found = [JUDGE.decide_chunk(statement, i, MUCH) for i in (0, count // 2 - 1, count - 1)]
    assert [v.outcome for v in found] == [Outcome.PROVED, Outcome.PROVED, Outcome.VACUOUS]


# Undecided lanes


def test_undecided_inputs_go_to_the_referee() -> None:
    """x/3 is no pair, so that its triple may be anything near x; but for zeros, infinities, and the 62 multiples of 3 among 246 other floats."""
    found = decide("x: Datum | assume(not is_nan(x)); show((x / 3) * 3 == x)")
    assert (found.outcome, found.cases, found.met, found.evidence["undecided"]) == (Outcome.PROVED, 251, 250, 246 - 62)


def test_the_referee_refutes_what_the_kernel_leaves_undecided() -> None:
    found = decide("x: Float | show((x / 3) * 3 == x, (x / 7) * 7 != x or x < 5)")
    assert found.outcome is Outcome.REFUTED
    assert str(found.counterexample).startswith("x = 8.0 ")


def test_too_much_undecided_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "MOST_UNDECIDED", 100)
    found = decide("x: Float | show((x / 3) * 3 == x)")
    assert (found.outcome, found.reason) == (Outcome.OPEN, "the kernel leaves more than 100 inputs undecided: another judge")
    with pytest.raises(TooManyUndecided):
        judge.sweep_of(claim("x: Float | show((x / 3) * 3 == x)")).run(0, 1, 100)


def test_a_kernel_that_lies_is_a_disagreement() -> None:
    """A negative control of the replay: a kernel whose conclusion was turned round."""
    statement = claim("x: Float | show(x == x)")
    plan = kernel(statement)
    honest, lie = "& (not c1)", "& c1"
    assert honest in plan.text
    lying = interpreted(replace(plan, text=plan.text.replace(honest, lie)))
    chunk = lying.run(0, plan.units, 0)
    assert chunk.failing is not None
    with pytest.raises(Disagreement):
        JUDGE._verdict(statement, lying, iter([chunk]))


# Counterexamples of statements with searches are shrunk by the kernel, and replayed


SEARCHES = "h: Float, g: Float | assume(h != 0); show(exists(Float, lambda a: exists(Float, lambda b: fl(fl(h * a) * b) == g)))"


@pytest.mark.parametrize("text", [SEARCHES, "x: Datum, y: Datum | show(exists(Float, lambda w: fl(x * w) == y) or x - x != 0)"])
def test_the_kernel_shrinks_as_the_referee_does(text: str) -> None:
    found = decide(text, "F(1,3)").counterexample
    assert found is not None
    statement = claim(text, "F(1,3)")
    slowly = replay(statement, {v: found.values[w] for v, w in zip(statement.variables, found.values, strict=True)})
    assert [*slowly.values.values()] == [*found.values.values()]


def test_what_a_lying_kernel_shrinks_to_is_a_disagreement() -> None:
    statement = claim(SEARCHES, "F(1,3)")
    with pytest.raises(Disagreement):
        replay(statement, dict.fromkeys(statement.variables, ONE), lambda at: True)


def test_another_way_to_see_failures_gives_the_same_counterexample() -> None:
    statement = claim("x: Float, y: Float | show(same(x, y))", "E2M1")
    x, y = statement.variables
    asked = []

    def fails(at: Mapping[Term, Number | bool]) -> bool:
        asked.append(at)
        return at[x] != at[y]

    found = replay(statement, {x: mpq(3), y: mpq(2)}, fails)
    assert asked
    assert found.values == replay(statement, {x: mpq(3), y: mpq(2)}).values


# What there is besides floats


def test_integers_booleans_and_conditions() -> None:
    either = "x * 2**4 / pow2(4 - n) if b else x * pow2(n)"
    text = f"x: Float, n: Int, b: Bool | r = fl(x * pow2(n)); assume(-3 <= n, n < 5, abs(r) > pow2(F.emin), finite(r)); show(r == ({either}){{}})"
    assert decide(text.format(""), "F(2,4)").outcome is Outcome.PROVED
    assert decide(text.format(" + 1"), "F(2,4)").outcome is Outcome.REFUTED
    text = "n: Int, m: Int | assume(-9 <= n <= 9, 1 <= m <= 5); show(n == m * (n // m) + n % m, 0 <= n % m < m)"
    assert summary(decide(text)) == (Outcome.PROVED, 95, 95)


def test_exists() -> None:
    text = "x: Float | assume(abs(x) < F.Omega); show(exists(Float, lambda w: x < w and not exists(Float, lambda v: x < v and v < w)))"
    assert summary(decide(text, "F(2,3)")) == (Outcome.PROVED, 56, 54)
    assert decide(text.replace("assume(abs(x) < F.Omega); ", ""), "F(2,3)").outcome is Outcome.REFUTED


def test_networks() -> None:
    network = "@network\ndef step(z: Float):\n    return layers(relu([[1], [-1]], bias=[-z, z]), affine([[1, -1]]))\n"
    lemma = "@lemma\ndef l(x: Float, z: Float):\n    show(value(step(z), x) == fl(x - z), gradient(step(z), x, 1) == (0 if {} else 1))\n"
    for condition, outcome in (("fl(x - z) == 0", Outcome.PROVED), ("x == 1", Outcome.REFUTED)):
        theory = read_theory_text("from fpproof.lang import *\n" + network + lemma.format(condition))
        (statement,) = instances(theory.lemmas[0], parse_format("F(2,3)"))
        assert JUDGE.decide(statement, MUCH).outcome is outcome


def test_weights_that_are_no_floats_are_errors_of_the_statement() -> None:
    text = "from fpproof.lang import *\n@network\ndef half(z: Float):\n    return layers(affine([[z / 2]]))\n@lemma\ndef l(x: Float, z: Float):\n"
    for assumption, wrong in (("", True), ("    assume(abs(z) >= 1)\n", False)):
        theory = read_theory_text(text + assumption + "    show(value(half(z), x) == fl(x * z / 2))\n")
        (statement,) = instances(theory.lemmas[0], parse_format("F(2,3)"))
        if wrong:
            with pytest.raises(TheoryError, match="which is no float of"):
                JUDGE.decide(statement, MUCH)
        else:
            assert JUDGE.decide(statement, MUCH).outcome is Outcome.PROVED


@pytest.mark.parametrize(
    "body",
    [
        "show(value(half(z), 0) == 0)",
        "assume(value(half(z), x) > 9999); show(x == x)",
        "show(z == z or value(half(z), x) == 0)",
        "show(x != x or value(half(z), x) == value(half(z), x))",
        "assume(x > z); show(gradient(half(z), x, 0) == 0, value(half(z), x) == fl(x * z / 2))",
        "assume(is_float(z / 2)); show(value(half(z), x) == fl(x * z / 2))",
    ],
)
def test_a_wrong_weight_counts_where_the_evaluator_says(body: str) -> None:
    """The doubt stands in front of each condition once, and not in what is computed from the weight: it must not be lost for that."""
    text = "from fpproof.lang import *\n@network\ndef half(z: Float):\n    return layers(affine([[z / 2]]))\n@lemma\ndef l(x: Float, z: Float):\n"
    lines = "".join(f"    {line.strip()}\n" for line in body.split(";"))
    (statement,) = instances(read_theory_text(text + lines).lemmas[0], parse_format("F(1,3)"))
    plan = kernel(statement)
    try:
        verdict = ExactJudge().decide(statement, MUCH)
    except TheoryError:
        with pytest.raises(TheoryError, match="which is no float of"):
            interpreted(plan).run(0, plan.units, 10**9)
        return
    chunk = interpreted(plan).run(0, plan.units, 10**9)
    assert (chunk.met, chunk.failing) == (verdict.met, None)


@pytest.mark.parametrize(
    "expression",
    ["-n", "abs(m)", "n + m", "n - m", "min(n, m - 3)", "max(-n, m)", "n if m > 0 else -m", "exponent(x) - n", "exponent(x / 8)", "3 - abs(n - 2)"],
)
def test_the_ends_of_integers_hold_them(expression: str) -> None:
    text = f"n: Int, m: Int, x: Float | assume(-3 <= n <= 4, 1 <= m <= 3); show(({expression}) {{}})"
    found = claim(text.format("== 99"), "E2M1")
    number = _Writer(found).probe.values[found.conclusions[0].args[0]]
    assert isinstance(number, Single)
    assert number.shape.ends is not None
    low, high = number.shape.ends
    assert ExactJudge().decide(claim(text.format(f">= {low}"), "E2M1"), MUCH).outcome is Outcome.PROVED
    assert ExactJudge().decide(claim(text.format(f"<= {high}"), "E2M1"), MUCH).outcome is Outcome.PROVED
    assert ExactJudge().decide(claim(text.format(f"> {low + 12}"), "E2M1"), MUCH).outcome is Outcome.REFUTED


def test_powers_of_exponents() -> None:
    """Their ends are known, so 2^n stays in the exponents of kernels, in bfloat16 too."""
    text = "x: Float | assume(abs(x) >= pow2(F.emin)); y = abs(fl(x * pow2(-min(max(0, exponent(x) + 126) - 126, 126)))); show(1 <= y < {})"
    assert decide(text.format(4), "bfloat16").outcome is Outcome.PROVED
    assert decide(text.format(2), "bfloat16").outcome is Outcome.REFUTED
    wide = claim("n: Int | assume(0 <= n <= 2000); show(pow2(n) > 0)")
    assert JUDGE.estimate(wide, Budget()).cannot == "pow2(n): exponents of kernels are at most 1000"


# Verdicts, budgets, refusals


def test_no_input_meets_the_assumptions() -> None:
    assert summary(decide("x: Float, y: Float | assume(x < y, y < x); show(x == 0)")) == (Outcome.VACUOUS, 61504, 0)


def test_the_budget_counts_cases() -> None:
    found = JUDGE.decide(claim(STERBENZ), Budget(cases=61503))
    assert (found.outcome, found.reason) == (Outcome.OPEN, "61504 cases, the budget is 61503: a larger budget, or another judge")
    assert JUDGE.estimate(claim(STERBENZ), Budget()).cases == 61504


def test_the_estimate_counts_what_exists_may_try() -> None:
    """Those of nested ones multiply, and two searches one after the other add nothing that counts; few are not counted at all."""
    one, other = "exists(Float, lambda a: fl(x * a) == 1)", "exists(Float, lambda b: fl(x + b) == 1)"
    both = "exists(Float, lambda a: exists(Float, lambda b: fl(x * a) == b))"

    def tries(statement: str, format: str) -> int:
        return exact.tries(claim(f"x: Float | show({statement})", format))

    assert tries("x == x", "E3M2") == 1
    assert tries(one, "E3M2") == tries(f"{one} or {other}", "E3M2") == 64
    assert tries(both, "E3M2") == 64**2
    assert JUDGE.estimate(claim(f"x: Float | show({both})", "E3M2"), Budget()).cases == 64
    assert JUDGE.estimate(claim(f"x: Float | show({both})", "binary16"), Budget()).cases == 63488**3


def test_kernels_that_are_not_used_any_more_are_forgotten() -> None:
    """Each has megabytes of machine code."""
    plans = [kernel(claim(f"x: Float | show(x * x >= {n} or x * x < {n})", "E2M1")) for n in range(3)]
    first, second, third = map(compiled.functions, plans)
    assert compiled.functions(plans[0]) is first
    del second
    gc.collect()
    assert [f"fpproof_lane_{plan.hash[:32]}" in sys.modules for plan in plans] == [True, False, True]
    assert third is compiled.functions(plans[2])


# Runs


def test_chunks_together_say_what_the_whole_says() -> None:
    statement = claim(STERBENZ, "binary16")
    sweep = judge.sweep_of(statement)
    ends = sweep.chunks()
    assert JUDGE.chunks(statement) == len(ends) > 60
    assert [start for start, _ in ends] == [0, *(stop for _, stop in ends[:-1])]
    found = [JUDGE.decide_chunk(statement, i, MUCH) for i in range(len(ends))]
    assert (sum(v.cases for v in found), sum(v.met or 0 for v in found)) == (4030726144, 62944259)
    assert {v.outcome for v in found} == {Outcome.PROVED, Outcome.VACUOUS}


def test_threads_do_not_change_what_is_found() -> None:
    statement = claim(STERBENZ.replace("2", "3"), "binary16")
    one, two = EnumerationJudge(jobs=1).decide(statement, MUCH), EnumerationJudge(jobs=2).decide(statement, MUCH)
    assert (summary(one), str(one.counterexample)) == (summary(two), str(two.counterexample))


def test_an_interrupted_run_ends_at_once() -> None:
    seen: list[int] = []

    def interrupt(cases: int) -> None:
        seen.append(cases)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        JUDGE.decide(claim(STERBENZ, "binary16"), MUCH, interrupt)
    assert len(seen) == 1


def test_a_forecast_counts_the_cases() -> None:
    found = JUDGE.forecast(claim(STERBENZ, "binary16"))
    assert found.cases == 4030726144
    assert 0 < found.seconds < 3600


def test_kernels_are_kept_and_a_file_that_says_something_else_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path))
    plan = kernel(claim("x: Float | show(x + 0 == x, x <= F.Omega)", "E2M1"))
    Sweep(plan).compile()
    (file,) = (tmp_path / "enumeration").glob("fpproof_lane_*.py")
    assert file.read_text() == plan.text
    assert list((tmp_path / "enumeration" / "__pycache__").glob("*.nbi"))
    forget(plan)
    again = compiled.functions(plan)
    assert Sweep(plan, again).run(0, plan.units, 0).met == 16
    assert sum(again.count.stats.cache_hits.values()) == 1  # type: ignore[attr-defined]  # it is numba's
    file.write_text("raise RuntimeError")
    forget(plan)
    assert Sweep(plan).run(0, plan.units, 0).met == 16
    assert file.read_text() == plan.text


def test_what_is_kept_and_damaged_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a cut write, or by another version of numba."""
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path))
    plan = kernel(claim("x: Float | show(x + 0 == x, x <= F.Omega + 1)", "E2M1"))
    Sweep(plan).compile()
    for file in (tmp_path / "enumeration" / "__pycache__").glob("*.nbc"):
        file.write_bytes(file.read_bytes()[:100])
    forget(plan)
    sweep = Sweep(plan)
    sweep.compile()
    assert sweep.run(0, plan.units, 0).met == 16


def forget(plan: Kernel) -> None:
    """As in a new process."""
    compiled._alive.clear()
    for name in [name for name in sys.modules if name.startswith(("fpproof_lane", "fpproof_step"))]:
        del sys.modules[name]


def test_a_directory_that_cannot_be_written_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path / "file" / "below"))
    plan = kernel(claim("x: Float | show(x + 0 == x, x >= -F.Omega)", "E2M1"))
    assert Sweep(plan).run(0, plan.units, 0).met == 16


def test_nothing_a_user_wrote_is_in_the_text() -> None:
    """Names of variables and of lemmas stay outside; equal statements have one kernel."""
    first, second = (kernel(claim(f"{name}: Float | show(fl({name}) == {name})")) for name in ("import_os", "x"))
    assert "import_os" not in first.text
    assert first.hash == second.hash


def test_the_first_failing_input_in_order() -> None:
    """Floats in their order: the least one that fails; then it is shrunk."""
    statement = claim("x: Float | show(x <= 3)")
    chunk = judge.sweep_of(statement).run(0, 1, 0)
    assert chunk.failing is not None
    assert judge.sweep_of(statement).values(chunk.failing)[statement.variables[0]] == ONE * 7 / 2
