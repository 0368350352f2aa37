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
from fpproof.rocq.lemmas import Enumerated, enumerated, theorems
from fpproof.rocq.library import standing_alone
from fpproof.rocq.links import tie
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
        for one in (lemma("sterbenz", "sterbenz"), lemma("sterbenz", "sterbenz_with_a_factor_of_three"), *lemmas("neutral_sums")):
            if len(claims := instances(one, F)) == 1:  # six, where it is claimed in every mode
                parts.append(enumerated(claims[0], one.expect == "proved", len(parts)))
    answer = run(theorems(parts))
    assert answer.accepted, answer.complaint
    assert answer.assumptions == (CLOSED,) * len(parts)


@pytest.mark.coqc
def test_a_false_theorem_is_refused() -> None:
    (claim,) = instances(lemma("sterbenz", "sterbenz_with_a_factor_of_three"), ieee_like(2, 3))
    assert not run(theorems([enumerated(claim, holds=True)])).accepted


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
    """fl in all modes, ulp, exponent, is_float, and + - * / min max and comparisons, against the exact evaluator."""
    chance, checks = Random(3), []
    for F in FORMATS:
        term, some = format_term(F), samples(F, chance)
        for x in some:
            for mode in Mode:
                checks.append(f"same (fl {term} {mode.value.replace('-', '_')} ({real(x)})) ({real(numbers.fl(x, F, mode))})")
            checks.append(f"same (ulp {term} ({real(x)})) ({real(numbers.ulp(x, F))})")
            checks.append(f"same (exponent {term} ({real(x)})) ({real(numbers.exponent(x, F))})")
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


def test_what_is_not_translated() -> None:
    with pytest.raises(RocqError, match="no theorem of the library"):
        tie(replace(lemma("neutral_sums", "neutral_sum"), rocq="Coq.Init.Logic.I. Print"))
    with pytest.raises(RocqError, match="not translated"):
        tie(replace(lemma("sterbenz", "sterbenz"), rocq="Fpproof.Order.neutral_sum"))
    (claim,) = instances(lemma("sterbenz", "sterbenz"), ATLAS["binary16"])
    with pytest.raises(RocqError, match="16 bits"):
        enumerated(claim, holds=True)
    (claim,) = instances(lemma("exact_operations", "powers_of_two_scale_exactly"), ieee_like(2, 3))
    with pytest.raises(RocqError, match="ranges over Int"):
        enumerated(claim, holds=True)
