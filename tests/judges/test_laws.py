"""The judge of laws: what its laws say is true of numbers that were computed exactly, and no control follows from them."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from gmpy2 import mpq

from fpproof.formats import Datum, parse_format
from fpproof.judges import Budget, Outcome
from fpproof.judges.laws import LawsJudge
from fpproof.judges.laws.facts import Laws
from fpproof.judges.laws.numbers import Numbers
from fpproof.judges.laws.space import NOTHING, Known
from fpproof.judges.laws.steps import impossible
from fpproof.judges.patterns import PatternsJudge, patterned_datum
from fpproof.judges.sampling import Draw
from fpproof.theory import Claim, Term, Type, instances, ordered, read_theory, read_theory_text
from fpproof.theory.evaluate import Program
from fpproof.theory.networks import expanded
from fpproof.theory.numbers import INFINITY, NAN, NEGATIVE_INFINITY, Number, exponent, finite, is_zero, ulp

ROOT = Path(__file__).parent.parent.parent
ARITHMETIC = ROOT / "theories" / "arithmetic"


def claims(file: str, lemma: str, format: str) -> tuple[Claim, ...]:
    found = read_theory(ARITHMETIC / f"{file}.py").lemma(lemma)
    names = dict(part.split("=") for part in format.split()[1:])
    formats = {"F": parse_format(format.split()[0])} | {name: parse_format(text) for name, text in names.items()}
    return tuple(expanded(claim) for claim in instances(found, formats))


def plain(x: Number) -> "mpq | None":
    """A rational number, None for another one."""
    return mpq(0) if finite(x) and is_zero(x) else (x if isinstance(x, type(mpq(0))) else None)


def truths(n: Numbers, claim: Claim, inputs: Mapping[Term, Number | bool]) -> Iterator[Any]:
    """What holds at an input, of every term that was translated, and of the ulps of what is a float or is rounded."""
    terms = [t for t in ordered((*claim.variables, *claim.assumptions, *claim.conclusions)) if t in n._values or t in n._conditions]
    values = list(Program(terms).values(inputs))
    known: dict[object, mpq] = {}
    for term, value in zip(terms, values, strict=True):
        if term in n._conditions:
            if isinstance(value, bool):
                yield n._conditions[term] == value
            continue
        x = n._values[term]
        for kind, special in ((x.nan, NAN), (x.above, INFINITY), (x.below, NEGATIVE_INFINITY)):
            yield kind == (value is special)
        if finite(value) and (number := plain(value)) is not None:
            yield n.number(x.form) == n.real(number)
            known[x.form.key] = number
    for f in n.floats.values():
        if (number := known.get(f.form.key)) is not None:
            yield n.implied(f.holds, f.ulp.size == n.real(ulp(number, f.F)))
    for r in n.roundings:
        if (number := known.get(r.exact.key)) is not None:
            yield n.implied(r.clean, r.ulp.size == n.real(ulp(number, r.F)))
    for (key, F), binade in n.binades.items():
        if (number := known.get(key)) is not None:
            yield binade.log == int(exponent(number, F))


def drawn(claim: Claim, samples: int) -> "Iterator[Mapping[Term, Number | bool]]":
    draw = Draw(claim, Random(claim.fingerprint))
    return (draw.inputs() for _ in range(samples))


def contradicted(claim: Claim, samples: "Iterable[Mapping[Term, Number | bool]]", known: Known = NOTHING) -> "Mapping[Term, Number | bool] | None":
    """An input of which the laws say what is not so."""
    n = Numbers(claim, known)
    for term in (*claim.variables, *claim.assumptions, *claim.conclusions):
        n.condition(term) if term.type is Type.BOOL else n.value(term)
    solver = n.z3.SolverFor("QF_LIRA", ctx=n.context)
    solver.add(*(law for _, law in Laws(n).all()), *n.definitions)
    for inputs in samples:
        solver.push()
        solver.add(*truths(n, claim, inputs))
        if solver.check() != n.z3.sat:
            return inputs
        solver.pop()
    return None


def allowed(claim: Claim, inputs: Mapping[Term, Number | bool]) -> bool:
    """Whether the laws allow what is computed at one input."""
    n = Numbers(claim)
    for term in (*claim.variables, *claim.conclusions):
        n.condition(term) if term.type is Type.BOOL else n.value(term)
    solver = n.z3.SolverFor("QF_LIRA", ctx=n.context)
    solver.add(*(law for _, law in Laws(n).all()), *n.definitions, *truths(n, claim, inputs))
    return bool(solver.check() == n.z3.sat)


TRUE = [
    ("error_free", "two_sum", "E4M3FN"),
    ("error_free", "fast_two_sum_rounds_the_error", "F(2,3)"),
    ("error_free", "two_product", "E3M2"),
    ("error_free", "the_error_of_a_smaller_product_is_a_float", "F(2,3)"),
    ("error_free", "splitting", "F(3,3)"),
    ("error_free", "splitting_one_bit_shorter", "E4M3FN"),
    ("error_free", "fast_two_sum_of_multiples", "F(2,3)"),
    ("error_free", "fast_two_sum_of_multiples_of_half_an_ulp", "E3M2"),
    ("algebra", "numbers_times_their_reciprocals", "F(2,3)"),
    ("algebra", "cosines_are_at_most_one_where_overflow_is_not_infinite", "E2M1"),
    ("algebra", "the_mean_of_rounded_halves_is_between", "E4M3FN-sat"),
    ("overflow", "doubling_is_undone_or_seen", "F(1,3)"),
    ("gradients", "the_gradient_of_a_sum_is_odd_in_the_upstream", "F(1,2)"),
    ("gradients", "the_gradient_is_the_slope", "F(2,3)"),
    ("rounding", "relative_error_in_every_mode", "F(2,3)"),
    ("rounding", "rounding_is_monotone", "E4M3FN"),
    ("rounding", "relative_error_is_attained_at_midpoints_after_powers_of_two", "E4M3FN"),
    ("double_rounding", "sums_rounded_twice", "F(2,3) G=F(6,6)"),
    ("double_rounding", "quotients_rounded_twice", "F(1,3) G=F(3,6)"),
    ("double_rounding", "sums_rounded_twice_with_the_same_exponents", "F(2,3) G=F(6,3)"),
    ("double_rounding", "roots_rounded_twice", "E2M1 G=F(5,6)"),
]


@pytest.mark.parametrize(("file", "lemma", "format"), TRUE)
def test_what_was_computed_contradicts_no_law(file: str, lemma: str, format: str) -> None:
    for claim in claims(file, lemma, format)[:3]:
        assert contradicted(claim, drawn(claim, 4)) is None


PROVED = [
    ("overflow", "doubling_is_undone_or_seen", "binary128"),
    ("error_free", "two_product", "binary64"),
    ("algebra", "numbers_times_their_reciprocals", "binary64"),
    ("algebra", "the_root_of_the_square", "binary64"),
    ("overflow", "sums_are_monotone", "binary64"),
    ("rounding", "relative_error_is_attained_at_midpoints_after_powers_of_two", "binary64"),
    ("error_free", "fast_two_sum_of_multiples", "F(2,3)"),
    ("error_free", "splitting", "F(2,3)"),
    ("double_rounding", "roots_rounded_twice_with_the_same_exponents", "F(1,3) G=F(5,3)"),
    ("double_rounding", "products_rounded_twice", "E3M2 G=F(5,6)"),
]
CONTROLS = [
    ("error_free", "fast_two_sum_one_binade_further", "binary32"),
    ("error_free", "fast_two_sum_of_multiples_of_half_an_ulp", "binary32"),
    ("error_free", "splitting_one_bit_shorter", "binary16"),
    ("error_free", "the_error_of_a_sum_rounded_up_is_a_float", "binary64"),
    ("error_free", "the_error_of_a_smaller_product_is_a_float", "binary64"),
    ("algebra", "the_root_of_a_smaller_square", "binary64"),
    ("algebra", "the_mean_of_rounded_halves_is_between", "binary64"),
    ("algebra", "cosines_of_small_numbers_are_at_most_one", "E5M2"),
    ("overflow", "sums_are_strictly_monotone", "binary64"),
    ("overflow", "doubling_is_undone_or_seen_with_saturation", "E4M3FN-sat"),
    ("rounding", "rounding_with_overflow_to_nan_is_monotone", "E4M3FN"),
    ("double_rounding", "sums_rounded_twice_with_one_bit_less", "E3M2 G=F(5,6)"),
    ("double_rounding", "products_rounded_twice_with_the_same_exponents", "F(2,3) G=F(5,3)"),
    ("double_rounding", "quotients_rounded_twice_with_one_bit_less", "E2M1 G=F(2,6)"),
    ("double_rounding", "roots_rounded_twice_with_one_bit_less", "E2M1 G=F(4,6)"),
]


def follows(claim: Claim, resource: int = 2_000_000) -> bool:
    return all(impossible(claim, conclusion, resource)[0] for conclusion in claim.conclusions)


@pytest.mark.parametrize(("file", "lemma", "format"), PROVED)
def test_theorems_follow(file: str, lemma: str, format: str) -> None:
    assert follows(claims(file, lemma, format)[-1], 4_000_000)


@pytest.mark.parametrize(("file", "lemma", "format"), CONTROLS)
def test_controls_do_not_follow(file: str, lemma: str, format: str) -> None:
    """By the laws alone: nothing else stands in the way."""
    assert not all(follows(claim) for claim in claims(file, lemma, format))


WRONG = {
    "nearest": lambda n, r, t, x: n.implied(r.clean, 4 * (x - t) <= r.ulp.size),
    "exact": lambda n, r, t, x: n.implied(r.clean, x == t),
    "strict": lambda n, r, t, x: n.implied(r.clean, 2 * (t - x) < r.ulp.size),
    "overflow": lambda n, r, t, x: r.clean,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_laws_are_contradicted(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = claims("overflow", "sums_of_finite_value_are_monotone", "F(1,2)")
    assert contradicted(claim, drawn(claim, 30)) is None
    right = Laws.all

    def laws(self: Laws) -> Iterator[Any]:
        yield from right(self)
        for r in self.n.roundings:
            yield wrong, WRONG[wrong](self.n, r, self.n.number(r.exact), self.n.number(r.result.form))

    monkeypatch.setattr(Laws, "all", laws)
    assert contradicted(claim, drawn(claim, 60)) is not None


def test_a_result_that_is_thought_to_keep_the_ulp_of_the_number_is_contradicted(monkeypatch: pytest.MonkeyPatch) -> None:
    """3.75 has the ulp 0.5 in F(2,3), and is rounded to 4, with 1: the law "ulp of the result" allows one binade more."""
    text = "from fpproof.lang import *\n@lemma\ndef l(x: Float, y: Float):\n    show(fl(x + y) == y)\n"
    (claim,) = instances(read_theory_text(text).lemmas[0], parse_format("F(2,3)"))
    inputs = dict(zip(claim.variables, (mpq(7, 2), mpq(1, 4)), strict=True))
    assert allowed(claim, inputs)
    right = Laws.all

    def laws(self: Laws) -> Iterator[Any]:
        yield from right(self)
        yield from (("ulp of the result", self.n.implied(r.clean, r.result.ulp.log <= r.ulp.log)) for r in self.n.roundings)

    monkeypatch.setattr(Laws, "all", laws)
    assert not allowed(claim, inputs)


def test_the_judge_says_which_laws() -> None:
    (claim,) = claims("overflow", "sums_are_monotone", "binary64")
    verdict = LawsJudge().decide(claim, Budget())
    assert verdict.outcome is Outcome.PROVED
    assert verdict.evidence["laws"] == "monotone"
    (control,) = claims("overflow", "sums_are_strictly_monotone", "binary64")
    assert LawsJudge().decide(control, Budget()).outcome is Outcome.REFUTED


@pytest.mark.parametrize(
    ("conditions", "why"),
    [
        ("assume(x > 1, x < 1), show(fl(x) == x)", "none of 1000 samples"),
        ("show(x**2 >= 0)", "x**2"),
        ("assume(x == 3), show(fl(x * x) == 9)", "does not follow"),
    ],
)
def test_what_stays_open(conditions: str, why: str) -> None:
    body = conditions.replace("), ", ")\n    ")
    text = f"from fpproof.lang import Float, assume, fl, lemma, show\n@lemma\ndef l(x: Float):\n    {body}\n"
    (claim,) = instances(read_theory_text(text).lemma("l"), parse_format("F(3,4)"))
    verdict = LawsJudge().decide(claim, Budget())
    assert verdict.outcome is Outcome.OPEN
    assert why in verdict.reason


@pytest.mark.parametrize(
    "conditions",
    [
        "assume(abs(x) >= pow2(F.emin)), show(is_float(fl(x)) or is_float(pow2(exponent(x))))",
        "assume(pow2(F.emin) <= abs(x) <= F.Omega), show(not abs(fl(x)) <= pow2(exponent(x)))",
        "assume(abs(x) <= F.Omega), show(fl(x) == 0 or pow2(exponent(x)) == pow2(F.p) * ulp(x))",
        "assume(pow2(F.emin) <= abs(x) <= F.Omega), show(abs(fl(x)) < 2 * pow2(exponent(x)))",
    ],
)
def test_of_the_power_of_two_below_a_number_no_more_follows_than_is_so(conditions: str) -> None:
    """Each fails: beyond the range, at powers of two, in the subnormal range, at what is rounded up to the next power."""
    header = "from fpproof.lang import F, Real, assume, exponent, fl, is_float, lemma, pow2, show, ulp\n@lemma\ndef l(x: Real):\n    "
    (claim,) = instances(read_theory_text(header + conditions.replace("), show", ")\n    show") + "\n").lemma("l"), parse_format("E5M2"))
    (conclusion,) = claim.conclusions
    assert not impossible(claim, conclusion, 2_000_000)[0]


FAR = [
    ("double_rounding", "products_rounded_twice_with_one_bit_less", "binary64 G=F(104,12)"),
    ("double_rounding", "fused_operations_rounded_twice", "binary32 G=binary64"),
    ("error_free", "two_sum_of_the_largest_float", "binary64"),
    ("error_free", "dekker_product_below_the_underflow_bound", "binary64"),
]


@pytest.mark.parametrize(("file", "lemma", "format"), FAR)
def test_patterns_refute_what_hardly_fails(file: str, lemma: str, format: str) -> None:
    (claim,) = claims(file, lemma, format)
    verdict = PatternsJudge().decide(claim, Budget())
    assert verdict.outcome is Outcome.REFUTED
    assert verdict.judge == "patterns"


def test_patterned_floats_are_floats_of_the_format() -> None:
    random = Random(0)
    for text in ("E2M1", "E4M3FN", "F(1,2)", "binary16", "binary64"):
        F = parse_format(text)
        before: list[Datum] = []
        for _ in range(2000):
            x = patterned_datum(F, random, before[-2:])
            assert F.decode(F.encode(x)) == x
            before.append(x)
        assert len(set(before)) > min(10, F.finite_count // 3)


def test_what_is_enough_for_a_float_is_not_needed() -> None:
    """A choice between a float and a sum that overflows is the float, although the sum is none."""
    header = "from fpproof.lang import F, Float, assume, fl, is_float, lemma, show\n@lemma\ndef a(x: Float, y: Float):\n"
    found = read_theory_text(header + "    assume(y == F.Omega)\n    show(not is_float(x if y > 0 else fl(y + y)))\n").lemmas[0]
    (claim,) = instances(found, parse_format("F(2,3)"))
    (conclusion,) = claim.conclusions
    assert not impossible(claim, conclusion, 10**7)[0]


WRONG_ONCE = [
    ("x: Float, y: Float", "z = fl(x * y)\n    show(finite(1 / (z - z + 2)))", "F(2,3)"),
    ("x: Float, y: Float", "z = fl(x * y)\n    show((x + 2) / (z - z - 1) == -x - 2)", "E4M3FN"),
    ("x: Float, y: Float, G: Format", "q = x / (2 * y)\n    assume(0 < q, 1 / 2 <= q <= 1)\n    show(fl(fl(q, G)) == fl(q))", "E3M2 G=F(4,6)"),
]


@pytest.mark.parametrize(("parameters", "body", "formats"), WRONG_ONCE)
def test_laws_that_once_said_too_much(parameters: str, body: str, formats: str) -> None:
    """A divisor whose numbers cancel need not be finite; a double of a float is not the float, nor are its products those of the float."""
    given = {name: parse_format(text) for name, _, text in (part.rpartition("=") for part in formats.split())}
    text = f"from fpproof.lang import *\n@lemma\ndef l({parameters}):\n    {body}\n"
    (claim,) = instances(read_theory_text(text).lemmas[0], {"F": given.pop(""), **given})
    assert not follows(claim)
    assert LawsJudge().decide(claim, Budget(resource=2_000_000)).outcome is Outcome.REFUTED
