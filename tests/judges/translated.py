"""What the translation of a claim says at inputs, without a solver, and what the referee says there."""

from collections.abc import Mapping, Sequence
from itertools import product
from random import Random

import numpy as np
import numpy.typing as npt

from fpproof.encodings import FloatTerm
from fpproof.encodings.interpret import interpret
from fpproof.encodings.terms import Term
from fpproof.formats import NAN, parse_format
from fpproof.judges.smt.question import Question
from fpproof.theory import Claim, Domain, instances, read_theory_text
from fpproof.theory.evaluate import Failure, Program, in_domain
from tests.encodings.reference import edges, inputs, near

Model = Mapping[str, int]

Lanes = npt.NDArray[np.bool_]


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
                x = random.choice(inputs(F)[1]) if F.width <= 8 else edges(F, 1, random.randrange(1 << 30))[0]
                if F.width > 8 and row and random.random() < 0.4:
                    x = near(F, F.decode(next(iter(row.values())) % (1 << F.width)), random)
                row[variable.variable.name] = 0 if x == NAN and not F.has_nan else F.encode(x)
            else:
                row[variable.variable.name] = random.randrange(1 << max(1, bits.width))
        rows.append(row)
    return rows


def answers(question: Question, models: Sequence[Model]) -> tuple[Lanes, list[Lanes]]:
    """At each input, whether the translated assumptions hold, and which of the translated failures do."""
    widths = {v.variable.name: b.format.width if isinstance(b, FloatTerm) else b.width for v, b in question.variables.items()}
    columns = {name: np.array([m[name] for m in models], dtype=bool if w == 0 else (np.uint64 if w <= 64 else object)) for name, w in widths.items()}

    def together(conditions: Sequence[Term]) -> Lanes:
        lanes = [np.broadcast_to(np.asarray(values, dtype=bool), (len(models),)) for values in interpret(conditions, columns)]
        found = np.ones(len(models), dtype=bool)
        for one in lanes:
            found &= one
        return found

    return together(question.assumptions), [together(failure) for failure in question.failures]


def wrong_answers(question: Question, models: Sequence[Model]) -> tuple[list[str], int]:
    """Inputs at which translation and exact evaluator differ on the assumptions or a conclusion, and how many inputs were compared."""
    claim, wrong, compared = question.claim, [], 0
    program = Program((*claim.assumptions, *claim.conclusions))
    met, failed = answers(question, models)
    for n, (model, inside) in enumerate(zip(models, _in_domain(question, models), strict=True)):
        failing = [bool(lanes[n]) for lanes in failed]
        values = question.values(model) if inside else {}
        expected = expected_of(claim, list(program.values(values))) if inside else (False, [False] * len(claim.conclusions))
        if expected is None:
            continue
        compared += 1
        holds, conclusions = expected
        right = any(failing) if holds is None else bool(met[n]) == holds and _agree(failing[len(failing) - len(conclusions) :], conclusions)
        if not right:
            at = ", ".join(f"{v.variable.name} = {x}" for v, x in values.items())
            wrong.append(f"at {at or model}: expected {expected}, found {bool(met[n])}, {failing}; {claim.scope}")
    return wrong, compared


def _agree(found: Sequence[bool], expected: Sequence[bool | None]) -> bool:
    return all(e is None or f == e for f, e in zip(found, expected, strict=True))


def expected_of(claim: Claim, values: Sequence[object]) -> tuple[bool | None, list[bool | None]] | None:
    """Whether the assumptions hold (None if an assumption is wrong), and which conclusions fail or are wrong; None where that is unknown."""
    middle = len(claim.assumptions)
    for value in values[:middle]:
        if isinstance(value, Failure):
            return (None, []) if value.wrong else None
        if value is False:
            return False, [False] * (len(values) - middle)
    return True, [(True if v.wrong else None) if isinstance(v, Failure) else v is False for v in values[middle:]]


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
