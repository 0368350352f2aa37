"""Lemmas as computed theorems, and ties of lemmas to theorems."""

import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import pytest
from gmpy2 import mpq

from fpproof.formats import ATLAS, Format, Mode, ieee_like
from fpproof.rocq import RocqError, run
from fpproof.rocq.certificates import format_term
from fpproof.rocq.coqc import CLOSED
from fpproof.rocq.lemmas import Enumerated, enumerated, replays, theorems
from fpproof.rocq.library import standing_alone
from fpproof.rocq.links import tie
from fpproof.runs.task import claims_of, planned
from fpproof.theory import Lemma, instances, numbers, read_theory
from fpproof.theory.numbers import Number, Special

ROOT = Path(__file__).parent.parent.parent
FORMATS = [ieee_like(2, 3), ATLAS["E2M1"], ATLAS["E3M2"], ATLAS["E4M3FN"], ATLAS["E4M3FN-sat"]]


def lemmas(name: str) -> tuple[Lemma, ...]:
    return read_theory(ROOT / "theories" / "arithmetic" / f"{name}.py").lemmas


def lemma(name: str, which: str) -> Lemma:
    return next(one for one in lemmas(name) if one.name == which)


@pytest.mark.coqc
def test_lemmas_and_their_controls_in_rocq() -> None:
    """What is proved is a theorem, what is refuted is the theorem that it fails; in IEEE-like formats, and in others."""
    parts = list[Enumerated]()
    for F in (ieee_like(2, 3), ATLAS["E3M2"]):
        for one in (*lemmas("sterbenz"), *lemmas("neutral_sums")):
            parts += replays(instances(one, F), one.expect == "proved", 10 * len(parts))
    answer = run(theorems(parts))
    assert answer.accepted, answer.complaint
    assert answer.assumptions == (CLOSED,) * len(parts)


@pytest.mark.coqc
def test_all_of_arithmetic_in_the_smallest_format() -> None:
    """Every lemma and every control of theories/arithmetic that speaks of E2M1 is a theorem, but those that range over the real numbers."""
    parts, others = list[Enumerated](), list[str]()
    for path in sorted((ROOT / "theories" / "arithmetic").glob("*.py")):
        for one in read_theory(path).lemmas:
            for text in planned(one, ["E2M1"]):
                try:
                    parts += replays(claims_of(str(path), one, text), one.expect == "proved", len(parts))
                except RocqError as error:
                    others.append(error.message)
    answer = run(theorems(parts))
    assert answer.accepted, answer.complaint
    assert answer.assumptions == (CLOSED,) * len(parts)
    assert len(parts) > 150
    assert [reason for reason in others if "ranges over Real" not in reason and "does not speak of the format" not in reason] == []


@pytest.mark.coqc
def test_a_false_theorem_is_refused() -> None:
    (claim,) = instances(lemma("sterbenz", "sterbenz_with_a_factor_of_three"), ieee_like(2, 3))
    assert not run(theorems([enumerated(claim, holds=True)])).accepted


TRUE_AND_FALSE = """
from fpproof.lang import *

@network
def kink(w: Float):
    return layers(relu([[w], [-w]], bias=[None, 1]), affine([[1, 1]]))

@lemma
def networks(w: Float, x: Float, delta: Float):
    assume(1 <= w <= 2, x == 2 or x == -2, 0 < delta)
    show(value(kink(w), x) == (fl(w * x) if x > 0 else fl(fl(-w * x) + 1)), gradient(kink(w), x, delta) == fl({a} * fl(delta * w)))

@lemma
def modes(x: Float, m: Mode):
    require(m != nearest_even, m != nearest_away)
    show(implies(finite(fl(x + F.omega / 3, to=m)), fl(x + F.omega / 3, to=m) <= {b}))

@lemma
def integers(n: Int, wide: Bool):
    assume({c} <= n < F.emax + 1)
    k = n if wide else n // 2
    show(is_float(pow2(k)), exponent(pow2(n)) == n, n % 2 == n - 2 * (n // 2), pow2(n) ** 2 == pow2(2 * n))

@lemma
def neighbours(x: Datum):
    show(implies(0 <= x <= {d}, pred(succ(x)) == x and succ(x) - x == ulp(x)), implies(x > 0, 1 <= significand(x) < 2 or not finite(x)))

@lemma
def roots(x: Float):
    assume(x >= F.omega * 4)
    r = fl(sqrt(x))
    show(abs(r * r - x) <= {e} * (ulp(r) * r + ulp(r) ** 2 / 4))

@lemma
def witnesses(x: Float):
    show(exists(Float, lambda y: y {f} x and (y > 0 or y == x), witness=-x))
"""
WRONG_WEIGHTS = """
from fpproof.lang import *

@network
def shifted(a: Float, b: Float):
    return layers(affine([[a]], bias=[b]))

@lemma
def weight(w: Float):
    assume(w > 0)
    show(value(shifted(w / 3, w), w) >= w)

@lemma
def unused(w: Float):
    assume(w > 0)
    show(gradient(shifted(1, w / 3), w, 1) == 1)

@lemma
def entering(w: Float):
    assume(w == F.omega)
    show(value(shifted(1, 1), w / 2) >= w)
"""
HOLDING = {"a": "(1 if x > 0 else -1)", "b": "succ(x)", "c": "F.emin - F.p", "d": "pred(F.Omega)", "e": "1", "f": ">="}
FALSE = {"a": "1", "b": "x", "c": "F.emin - 2 * F.p", "d": "F.Omega", "e": "1 / 4", "f": ">"}


def written(path: Path, **parts: str) -> dict[str, Lemma]:
    path.write_text(TRUE_AND_FALSE.format(**parts))
    return {one.name: one for one in read_theory(path).lemmas}


def all_refused(parts: list[Enumerated]) -> bool:
    """Whether the kernel refuses each of the theorems, at its Qed."""
    text = "".join(re.sub(r"^Print.*", "", part.text.replace("Qed.", "Fail Qed. Abort."), flags=re.MULTILINE) for part in renumbered(parts))
    return run(theorems([Enumerated("all", False, text)])).accepted


def renumbered(parts: list[Enumerated]) -> list[Enumerated]:
    """Under names that are all different."""
    found = []
    for i, part in enumerate(parts):
        stem = part.name.rpartition("_")[0]
        found.append(replace(part, text=re.sub(rf"\b{stem}(?=\b|_)", f"{stem}_no_{i}", part.text)))
    return found


@pytest.mark.coqc
def test_lemmas_and_falsified_ones(tmp_path: Path) -> None:
    """Networks, modes, integers, neighbours, roots, quantifiers: a lemma is a theorem; falsified, it is none, and that it fails is one."""
    F = ieee_like(2, 3)
    lemmas, falsified = written(tmp_path / "true.py", **HOLDING), written(tmp_path / "false.py", **FALSE)
    parts = list[Enumerated]()
    for name, one in lemmas.items():
        parts += replays(instances(one, F), True, len(parts))
        parts += replays(instances(falsified[name], F), False, len(parts))
    answer = run(theorems(parts))
    assert answer.accepted, answer.complaint
    assert answer.assumptions == (CLOSED,) * len(parts)
    assert sum(part.name.startswith("modes") and part.holds for part in parts) == 4
    wrong = [part for one in falsified.values() for part in replays(instances(one, F), True)]
    wrong += [part for one in lemmas.values() for part in replays(instances(one, F), False)]
    assert all_refused([part for part in wrong if part.name != "modes_2_holds"])
    assert not all_refused([part for part in wrong if part.name == "modes_2_holds"]), "rounded down, it is true"


@pytest.mark.coqc
def test_weights_that_are_no_floats(tmp_path: Path) -> None:
    """Then neither theorem is accepted: not that the lemma holds, not that it fails. Likewise for inputs; weights that nothing depends on count."""
    F = ieee_like(2, 3)
    (tmp_path / "wrong.py").write_text(WRONG_WEIGHTS)
    given = read_theory(tmp_path / "wrong.py").lemmas
    assert all_refused([part for one in given for holds in (True, False) for part in replays(instances(one, F), holds)])


def real(x: Number) -> str:
    if isinstance(x, Special):
        return {"-0": "Zero true", "infinity": "Infinity false", "-infinity": "Infinity true", "nan": "NaN"}[x.value]
    assert isinstance(x, type(mpq(0)))
    return f"signed false ({x.numerator}) {x.denominator}"


def samples(F: Format, chance: Random) -> list[Number]:
    """Floats, midpoints, numbers beside them, beyond Omega and below omega, zeros, infinities, NaN."""
    N = F.largest_ordinal
    floats = [numbers.from_datum(F.from_ordinal(chance.randint(0, N))) for _ in range(4)] + [mpq(F.Omega), mpq(F.omega)]
    near = [sign * (x + step * mpq(F.omega)) for x in floats if not isinstance(x, Special) for step in (mpq(1, 2), mpq(1, 3), 0) for sign in (1, -1)]
    far = [mpq(F.Omega) * (1 + mpq(1, 2 ** (F.p + 2))), -mpq(F.Omega) * (1 + mpq(1, 2 ** (F.p + 1))), mpq(F.Omega) * 3, mpq(F.omega) / 5]
    return [*near, *far, mpq(0), *Special]


@pytest.mark.coqc
def test_rounding_and_operations_are_those_of_the_language() -> None:
    """fl in all modes, of roots too, ulp, exponent, significand, succ, pred, is_float, arithmetic of numbers and integers, min, max, comparisons."""
    chance, checks = Random(3), []
    for F in FORMATS:
        term, some = format_term(F), samples(F, chance)
        for x in some:
            for mode in Mode:
                checks.append(f"same (fl {term} {mode.value.replace('-', '_')} ({real(x)})) ({real(numbers.fl(x, F, mode))})")
                root = numbers.fl(numbers.sqrt(x), F, mode)
                checks.append(f"same (fl {term} {mode.value.replace('-', '_')} (root {term} ({real(x)}))) ({real(root)})")
            for name in ("ulp", "exponent", "significand", "succ", "pred"):
                of_format = getattr(numbers, name)
                checks.append(f"same ({name} {term} ({real(x)})) ({real(of_format(x, F))})")
            checks.append(f"eqb (is_float {term} ({real(x)})) {str(numbers.is_float(x, F)).lower()}")
    for x, y in product(samples(FORMATS[0], chance)[::3] + list(Special), repeat=2):
        a, b = f"({real(x)})", f"({real(y)})"
        operations = {"plus false": numbers.add, "minus false": numbers.subtract, "times": numbers.multiply, "over": numbers.divide}
        for name, operation in {**operations, "minimum": numbers.minimum, "maximum": numbers.maximum}.items():
            checks.append(f"same ({name} {a} {b}) ({real(operation(x, y))})")
        checks.append(f"same (plus true {a} {b}) ({real(numbers.add(x, y, Mode.DOWN))})")
        order = numbers.compare(x, y)
        for name, wanted in (("equal", order == 0), ("less", order == -1), ("less_equal", order in (-1, 0)), ("same", numbers.same(x, y))):
            checks.append(f"eqb ({name} {a} {b}) {str(wanted).lower()}")
    integers = [mpq(n) for n in (-7, -2, -1, 0, 1, 3, 4)]
    for n, m in product([*integers, Special.NAN], repeat=2):
        a, b = f"({real(n)})", f"({real(m)})"
        for name in ("floor_divide", "remainder", "power"):
            checks.append(f"same ({name} {a} {b}) ({real(getattr(numbers, name)(n, m))})")
        checks.append(f"same (pow2 {b}) ({real(numbers.pow2(m))})")
    for x, n in product(samples(FORMATS[0], chance)[::4], integers):
        checks.append(f"same (power ({real(x)}) ({real(n)})) ({real(numbers.power(x, n))})")
    head = "From Coq Require Import ZArith Bool List.\nImport ListNotations.\nLocal Open Scope Z_scope.\n"
    defined = "".join(f"Definition c{i} := [{'; '.join(checks[i : i + 50])}].\n" for i in range(0, len(checks), 50))
    shown = " ++ ".join(f"c{i}" for i in range(0, len(checks), 50))
    text = f"{head}{defined}Eval vm_compute in filter (fun p => negb (snd p)) (combine (seq 0 {len(checks)}) ({shown})).\n"
    answer = run(standing_alone(["Exact"], text))
    assert answer.accepted, answer.complaint
    assert "= []" in answer.output, [checks[int(n)] for n in re.findall(r"\((\d+)%nat", answer.output)][:5]


@pytest.mark.coqc
def test_ties() -> None:
    """A theorem that exists and proves the lemma; one that says something else; one that does not exist."""
    one = lemma("neutral_sums", "neutral_sum")
    found = tie(one)
    assert (found.proves, found.assumptions, found.instances) == (True, CLOSED, (True, True, True))
    for name, exists in (("difference_of_equals", True), ("no_such_theorem", False)):
        found = tie(replace(one, rocq=f"Fpproof.Order.{name}"))
        assert (found.exists, found.proves) == (exists, False)
    weaker = tie(replace(lemma("neutral_sums", "pairs_vanish_anywhere"), rocq="Fpproof.Order.neutral_sum_before"))
    assert (weaker.proves, weaker.instances) == (False, (False, False, False))


def test_what_is_not_translated(tmp_path: Path) -> None:
    with pytest.raises(RocqError, match="no theorem of the library"):
        tie(replace(lemma("neutral_sums", "neutral_sum"), rocq="Coq.Init.Logic.I. Print"))
    with pytest.raises(RocqError, match="not translated"):
        tie(replace(lemma("sterbenz", "sterbenz"), rocq="Fpproof.Order.neutral_sum"))
    (claim,) = instances(lemma("sterbenz", "sterbenz"), ATLAS["binary16"])
    with pytest.raises(RocqError, match="16 bits"):
        enumerated(claim, holds=True)
    path = tmp_path / "refused.py"
    for parameter, condition, reason in (
        ("x: Real", "fl(x) == x", "ranges over Real"),
        ("n: Int", "n > 0", "an Int without bounds"),
        ("x: Float", "exists(Int, lambda n: n > x)", "an Int without bounds"),
        ("x: Float", "sqrt(x) * sqrt(x) == x", "where it is rounded, and nowhere else"),
        ("x: Float", "exp(x) > x", "function is not translated"),
        ("x: Float", "activation('gelu', x) <= x", "activation is not translated"),
        ("x: Vector[Float, Literal[5]]", "x[0] == x[1]", "at most 1048576 are enumerated"),
        ("x: Float", "exists(Float, lambda w: value(layers(affine([[w / 3]])), x) == x)", "a weight depends on a variable of exists"),
    ):
        path.write_text(f"from fpproof.lang import *\n\n@lemma\ndef refused({parameter}):\n    show({condition})\n")
        (claim,) = instances(read_theory(path).lemmas[0], ieee_like(2, 3))
        with pytest.raises(RocqError, match=reason):
            enumerated(claim, holds=True)
    with pytest.raises(RocqError, match="does not speak of the format"):
        replays((), holds=True)
