"""Random theories in all constructs, made as sharp as can be: each judge says of them what Python says, which runs their text at every input.

From a theory come lemmas that hold, that fail at exactly one input, and that nothing meets: the inputs at which it fails are known, and counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from fpproof.formats import Mode, parse_format
from fpproof.judges import Budget, ExactJudge, Finding, Outcome, Referee, SamplingJudge
from fpproof.judges.enumeration.source import Beyond, NoDomain, kernel
from fpproof.judges.plan import combined
from fpproof.judges.smt import SmtJudge
from fpproof.theory import Claim, Op, evaluate, instances, read_theory_text
from tests.judges.interpreted import interpreted
from tests.judges.random_theories import Theory, theory
from tests.theory.brute import FORMATS, Floats, X
from tests.theory.executed import MODES, Input, inputs

FEW = 6
"""As many failing inputs are left out one by one."""
SAMPLES = 100


@dataclass(frozen=True)
class Lemma:
    """A text with its verdict."""

    text: str
    outcome: Outcome


def outcome_of(found: list[Input]) -> Outcome:
    if any(point.met and not point.holds for point in found):
        return Outcome.REFUTED
    return Outcome.PROVED if any(point.met for point in found) else Outcome.VACUOUS


def at(parameters: str, point: Input) -> str:
    """The condition that an input meets and no other."""
    conditions = []
    for parameter, value in zip(parameters.replace("[Float, ", "[Float; ").split(", "), point.values, strict=True):
        name = parameter.split(":")[0]
        if isinstance(value, tuple):
            conditions += [f"same({name}[{i}], {literal(v)})" for i, v in enumerate(value)]
        elif isinstance(value, str):
            conditions.append(f"{name} == {next(word for word, mode in MODES.items() if mode == value)}")
        else:
            conditions.append(f"{name} == {value}" if isinstance(value, int) else f"same({name}, {literal(value)})")
    return f"({' and '.join(conditions)})"


def literal(v: X) -> str:
    if v.kind == "nan":
        return "nan"
    text = "infinity" if v.kind == "infinite" else f"({abs(v.r).numerator} / {v.r.denominator})" if v.r else "0.0"
    return f"(-{text})" if v.negative and v.r else f"-{text}" if v.negative else text


def lemmas(stated: Theory, found: list[Input], random: Random) -> Iterator[Lemma]:
    """The theory as it is, and its sharp neighbours."""
    yield Lemma(stated.text(), outcome_of(found))
    failing, holding = [p for p in found if p.met and not p.holds], [p for p in found if p.met and p.holds]

    def assuming(*conditions: str) -> str:
        return replace(stated, assumed=(*stated.assumed, *conditions)).text()

    def one(points: list[Input]) -> str:
        return at(stated.parameters, random.choice(points))

    if 0 < len(failing) <= FEW:
        without = [f"not {at(stated.parameters, p)}" for p in failing]
        yield Lemma(assuming(*without), Outcome.PROVED if holding else Outcome.VACUOUS)
        yield Lemma(assuming(*without[1:]), Outcome.REFUTED)
    elif failing and holding:
        some = " or ".join(at(stated.parameters, p) for p in random.sample(holding, min(3, len(holding))))
        yield Lemma(assuming(some), Outcome.PROVED)
        yield Lemma(assuming(f"{some} or {one(failing)}"), Outcome.REFUTED)
    elif holding:
        yield Lemma(replace(stated, shown=(*stated.shown, f"not {one(holding)}")).text(), Outcome.REFUTED)
    else:
        yield Lemma(assuming("False"), Outcome.VACUOUS)


def judged(judge: Any, claims: tuple[Claim, ...]) -> Outcome:
    verdicts = []
    for claim in claims:
        verdicts.append(judge.decide(claim, Budget(resource=1_000_000)))
        if (shown := verdicts[-1].counterexample) is not None:
            assert Referee(claim).at(shown.values) is Finding.FAILS
    return combined(verdicts).outcome


def by_kernels(claims: tuple[Claim, ...]) -> tuple[Outcome, int]:
    """What kernels say for all inputs, and how many meet the assumptions; OPEN where there is none."""
    outcomes, met = [], 0
    for claim in claims:
        try:
            plan = kernel(claim)
        except Beyond:
            return Outcome.OPEN, 0
        except NoDomain:
            outcomes.append(Outcome.VACUOUS)
            continue
        chunk = interpreted(plan).run(0, plan.units, 10**9)
        assert not chunk.reason
        met += chunk.met
        outcomes.append(Outcome.REFUTED if chunk.failing is not None else Outcome.PROVED if chunk.met else Outcome.VACUOUS)
    return next(o for o in (Outcome.REFUTED, Outcome.PROVED, Outcome.VACUOUS) if o in outcomes), met


def claims_of(text: str, F: Floats, G: Floats) -> tuple[Claim, ...]:
    return instances(read_theory_text(text).lemmas[0], {"F": parse_format(F.name), "G": parse_format(G.name)})


def cases(seed: int) -> tuple[Theory, list[Input], Floats, Floats]:
    stated, random = theory(seed), Random(seed)
    tiny = "z: Float" in stated.parameters or "exists" in stated.text() or "G" in stated.parameters
    F = FORMATS[random.choice(["E2M1", "F(1,2)"] if tiny else ["E2M1", "F(1,2)", "F(2,3)", "E3M2"])]
    G = FORMATS[random.choice(["E2M1", "F(1,2)"] if "G" in stated.parameters else ["E2M1", "F(2,3)", "E4M3FN", "E5M2"])]
    return stated, list(inputs(stated.text(), F, G)), F, G


@pytest.mark.parametrize("seed", range(12))
def test_every_judge_says_what_python_says(seed: int) -> None:
    stated, found, F, G = cases(seed)
    for number, lemma in enumerate(lemmas(stated, found, Random(seed))):
        claims = claims_of(lemma.text, F, G)
        assert judged(ExactJudge(), claims) is lemma.outcome, lemma.text
        assert by_kernels(claims)[0] in (lemma.outcome, Outcome.OPEN), lemma.text
        sampled = judged(SamplingJudge(SAMPLES), claims)
        assert sampled in (Outcome.SUPPORTED, Outcome.OPEN) or (sampled is lemma.outcome is Outcome.REFUTED), lemma.text
        if number == seed % 3:
            assert judged(SmtJudge(solvers=("z3",)), claims) in (lemma.outcome, Outcome.OPEN), lemma.text


def counted(seed: int) -> Iterator[tuple[str, tuple[Claim, ...], int]]:
    """Lemmas that assume what a random one shows, or its contrary, and how many inputs meet that."""
    stated, found, F, G = cases(seed)
    (shown,) = stated.shown
    for condition, holds in ((f"({shown})", True), (f"not ({shown})", False)):
        text = replace(stated, assumed=(*stated.assumed, condition), shown=("True",)).text()
        yield text, claims_of(text, F, G), sum(point.met and point.holds is holds for point in found)


def met_of(claims: tuple[Claim, ...]) -> int:
    return sum(ExactJudge().decide(claim, Budget()).met or 0 for claim in claims)


@pytest.mark.parametrize("seed", range(24))
def test_as_many_inputs_meet_a_condition_as_python_says(seed: int) -> None:
    """One input at which what is shown is evaluated wrongly changes both counts."""
    for text, claims, count in counted(seed):
        assert met_of(claims) == count, text
        outcome, met = by_kernels(claims)
        assert outcome is Outcome.OPEN or met == count, text


def test_a_referee_that_rounds_ties_away_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test above."""
    right = evaluate._OPERATIONS[Op.ROUND]
    monkeypatch.setitem(evaluate._OPERATIONS, Op.ROUND, lambda x, F, m: right(x, F, Mode.NEAREST_AWAY if m is Mode.NEAREST_EVEN else m))
    assert any(met_of(claims) != count for _, claims, count in counted(5))


def test_the_random_theories_are_of_all_kinds() -> None:
    texts = [theory(seed).text() for seed in range(300)]
    words = ["d0(", "d1(u", "Vector[Float, 2]", "flushed(", "exists(", "witness=", "n: Int", "z: Float", "m: Mode", "Annotated", "rounded(", "// 2"]
    assert [word for word in words if sum(word in text for text in texts) < 3] == []
    assert len(set(texts)) == 300
