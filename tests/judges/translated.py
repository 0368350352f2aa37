"""What the translation of a claim says at inputs, without a solver, and what the referee says there."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from random import Random

import numpy as np

from fpproof.encodings import FloatTerm
from fpproof.encodings.interpret import interpret
from fpproof.errors import TheoryError
from fpproof.formats import parse_format
from fpproof.judges import Finding, Referee
from fpproof.judges.smt.question import Question
from fpproof.theory import Claim, Domain, instances, read_theory_text
from fpproof.theory.evaluate import in_domain
from tests.encodings.reference import edges, inputs, near

Model = Mapping[str, int]

EXPECTED: Mapping[Finding | str, tuple[bool, bool]] = {
    Finding.UNMET: (False, False),
    Finding.HOLDS: (True, False),
    Finding.FAILS: (True, True),
}
"""What the referee finds, as assumptions that hold and a failure."""


def claim(text: str, format: str = "E5M2", G: str = "binary16") -> Claim:
    """The claim of a lemma given as its parameters, a bar, and its lines parted by semicolons."""
    parameters, _, body = text.partition("|")
    lines = "".join(f"    {line.strip()}\n" for line in body.split(";"))
    theory = read_theory_text(f"from fpproof.lang import *\n@lemma\ndef l(G: Format, {parameters}):\n{lines}")
    (found,) = instances(theory.lemmas[0], {"F": parse_format(format), "G": parse_format(G)})
    return found


def every_input(question: Question) -> list[Model]:
    """All codes of all variables that are not ruled out; of integers, all that their bits allow."""
    names, domains = [], []
    for variable, bits in question.variables.items():
        names.append(variable.variable.name)
        domains.append(inputs(bits.format)[0] if isinstance(bits, FloatTerm) else list(range(1 << max(1, bits.width))))
    return [dict(zip(names, row, strict=True)) for row in product(*domains)]


def some_inputs(question: Question, count: int, seed: int) -> list[Model]:
    """Random inputs that seek edges, and numbers near each other."""
    random = Random(seed)
    rows: list[Model] = []
    for _ in range(count):
        row: dict[str, int] = {}
        for variable, bits in question.variables.items():
            if isinstance(bits, FloatTerm):
                F = bits.format
                x = edges(F, 1, random.randrange(1 << 30))[0]
                if row and random.random() < 0.4:
                    x = near(F, F.decode(next(iter(row.values())) % (1 << F.width)), random)
                row[variable.variable.name] = F.encode(x)
            else:
                row[variable.variable.name] = random.randrange(1 << max(1, bits.width))
        rows.append(row)
    return rows


def answers(question: Question, models: Sequence[Model]) -> Iterator[tuple[bool, bool]]:
    """At each input, whether the translated assumptions hold, and whether some translated failure does."""
    widths = {v.variable.name: b.format.width if isinstance(b, FloatTerm) else b.width for v, b in question.variables.items()}
    columns = {name: np.array([m[name] for m in models], dtype=bool if w == 0 else (np.uint64 if w <= 64 else object)) for name, w in widths.items()}
    roots = [*question.assumptions, *(c for failure in question.failures for c in failure)]
    lanes = [np.broadcast_to(np.asarray(values, dtype=bool), (len(models),)) for values in interpret(roots, columns)]
    met = np.logical_and.reduce([np.ones(len(models), dtype=bool), *lanes[: len(question.assumptions)]])
    failed, place = np.zeros(len(models), dtype=bool), len(question.assumptions)
    for failure in question.failures:
        failed |= np.logical_and.reduce(lanes[place : place + len(failure)])
        place += len(failure)
    return zip(met.tolist(), failed.tolist(), strict=True)


def wrong_answers(question: Question, models: Sequence[Model]) -> tuple[list[str], int]:
    """Inputs of the variables' domains at which translation and referee differ, and how many inputs were compared."""
    claim, referee, wrong, compared = question.claim, Referee(question.claim), [], 0
    in_domain = _in_domain(question, models)
    for model, inside, (met, failed) in zip(models, in_domain, answers(question, models), strict=True):
        if not inside:
            if met or failed:
                wrong.append(f"{model} is outside of the domains")
            continue
        values = question.values(model)
        try:
            finding: Finding | str = referee.at(values)
        except TheoryError:
            finding = "wrong"
        if finding is Finding.UNKNOWN:
            continue
        compared += 1
        expected = EXPECTED.get(finding)
        if (expected is None and not failed) or (expected is not None and (met, failed) != expected):
            wrong.append(f"{[f'{v.variable.name}={x}' for v, x in values.items()]}: {finding}, found met={met}, failed={failed}; {claim.scope}")
    return wrong, compared


def _in_domain(question: Question, models: Sequence[Model]) -> list[bool]:
    """Whether variables have values that they range over; what integers may be, the assumptions say."""
    found = []
    for model in models:
        values = question.values(model)
        found.append(all(in_domain(v, x) for v, x in values.items()) and not _negative_zero_of_a_real(question, model))
    return found


def _negative_zero_of_a_real(question: Question, model: Model) -> bool:
    """The code of -0, which stands for no real."""
    reals = [(v.variable.name, b) for v, b in question.variables.items() if v.variable.domain is Domain.REAL and isinstance(b, FloatTerm)]
    return any(model[name] == 1 << (bits.format.width - 1) for name, bits in reals)
