"""A @loss of a theory file as a problem of `fpproof.dynamics`: what `fpproof flow FILE.py:NAME` follows."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gmpy2 import mpq

from fpproof.dynamics.expressions import LONGEST
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import Problem, Start, placed
from fpproof.dynamics.problem import problem as problem_of_text
from fpproof.theory.enclosures import problem as problem_of_loss
from fpproof.theory.losses import Loss
from fpproof.theory.reading import read_loss


def read_problem(path: str | Path, name: str, start: Start | None = None) -> Problem:
    """The loss with its start, or another one: in the order of the parameters, or by name. TheoryError, DynamicsError with what is missing."""
    stated = read_loss(path, name)
    if start is not None:
        numbers = [mpq(v.numerator, v.denominator) for v in placed(start, stated.names)]
    elif stated.start is not None:
        numbers = list(stated.start)
    else:
        example = ", ".join(f"{name}=1/2" for name in stated.names[:3])
        raise DynamicsError(f"{name} has no start", hint=f"write @loss(start=[...]) in the file, or give --start '{example}'")
    problem, _ = problem_of_loss(stated.loss, numbers)
    return replace(problem, names=stated.names, source=_source(stated.loss, problem))


_INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}


def _source(loss: Loss, problem: Problem) -> str:
    """TOML that says the same, for certificates; "" where the expression is too long, or nested too deeply."""
    names = [f"w{i}" for i in range(loss.variables)]
    texts: list[str] = []
    for operation, places, data in loss.code:
        given = [texts[place] for place in places]
        text = _text(operation, given, data, names)
        if len(text) > LONGEST:
            return ""
        texts.append(text)
    try:
        return problem_of_text(texts[-1], dict(zip(names, problem.start, strict=True))).source
    except DynamicsError:
        return ""


def _text(operation: str, given: Sequence[str], data: object, names: Sequence[str]) -> str:
    match operation:
        case "variable":
            assert isinstance(data, int)
            return names[data]
        case "constant":
            return f"({data})"
        case "power":
            return f"({given[0]})**({data})"
        case "function":
            return f"{data}({given[0]})"
        case "negate":
            return f"(-{given[0]})"
        case "sqrt":
            return f"sqrt({given[0]})"
        case "absolute":
            return f"abs({given[0]})"
        case "maximum":
            return f"({given[1]} + relu({given[0]} - {given[1]}))"
        case "minimum":
            return f"({given[1]} - relu({given[1]} - {given[0]}))"
    return f"({given[0]} {_INFIX[operation]} {given[1]})"
