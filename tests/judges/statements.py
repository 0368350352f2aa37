"""Hypothesis strategies: random statements in the words of theory files."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

VARIABLES = ("x", "y")

_ATOMS = ("1", "0.5", "3", "-2", "0.1", "F.Omega", "F.omega", "-0.0")
_UNARY = ("abs({})", "(-{})", "sqrt({})", "ulp({})", "succ({})", "pred({})", "exponent({})", "significand({})", "pow2(exponent({}) - F.p)")
_POWERS = ("({})**2", "({})**3", "({})**-1")
_BINARY = ("({} + {})", "({} - {})", "({} * {})", "({} / {})", "min({}, {})", "max({}, {})")
_ROUNDED = (
    "fl({})",
    "fl({}, to=up)",
    "fl({}, to=down)",
    "fl({}, to=toward_zero)",
    "fl({}, to=nearest_away)",
    "fl({}, to=to_odd)",
    "fl({}, G)",
    "fl({}, G, to=up)",
)
_COMPARED = ("({} < {})", "({} <= {})", "({} == {})", "({} != {})", "same({}, {})")
_JOINED = ("({} and {})", "({} or {})", "({} == {})")


def _filled(templates: tuple[str, ...], *parts: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.tuples(st.sampled_from(templates), *parts).map(lambda drawn: drawn[0].format(*drawn[1:]))


def numbers(depth: int, variables: tuple[str, ...] = VARIABLES) -> SearchStrategy[str]:
    atoms = st.sampled_from(variables * 3 + _ATOMS)
    if depth == 0:
        return atoms
    below = numbers(depth - 1, variables)
    chosen = st.tuples(below, conditions(0, variables), below).map("({0[0]} if {0[1]} else {0[2]})".format)
    return st.one_of(atoms, _filled(_ROUNDED, below), _filled(_BINARY, below, below), _filled(_UNARY, below), _filled(_POWERS, below), chosen)


def conditions(depth: int, variables: tuple[str, ...] = VARIABLES) -> SearchStrategy[str]:
    number = numbers(depth, variables)
    simple = st.one_of(_filled(_COMPARED, number, number), _filled(("finite({})", "is_float({})"), number))
    if depth == 0:
        return simple
    below = conditions(depth - 1, variables)
    return st.one_of(simple, _filled(_JOINED, below, below), _filled(("(not {})",), below))


def bounds(variables: tuple[str, ...] = VARIABLES) -> SearchStrategy[str]:
    """Comparisons that cut loops."""
    number = numbers(1, variables)
    return _filled(("({} < {})", "({} <= {})", "({} == {})", "(abs({}) <= {})"), number, number)


# Real statements

_REAL_ATOMS = ("1", "0.5", "3", "-2", "0.1", "1/3", "(1 - 1.0)")
_REAL_UNARY = (
    "abs({})", "(-{})", "sqrt({})", "exp({})", "log({})", "tanh({})", "expm1({})", "log1p({})", "atan({})", "sigmoid({})", "softplus({})",
    "sin({})", "cos({})", "sinh({})", "cosh({})", "erf({})",
    "({})**2", "({})**3", "({})**-1", "(1 / (1 + exp({})))", "log(1 + exp({}))",
)  # fmt: skip


def real_numbers(depth: int, variables: tuple[str, ...] = VARIABLES) -> SearchStrategy[str]:
    """Terms of real analysis: nothing in them rounds, and Python with mpmath's functions reads them too."""
    atoms = st.sampled_from(variables * 3 + _REAL_ATOMS)
    if depth == 0:
        return atoms
    below = real_numbers(depth - 1, variables)
    chosen = st.tuples(below, below, below).map("({0[0]} if {0[1]} < {0[2]} else {0[0]} + 1)".format)
    return st.one_of(atoms, _filled(_REAL_UNARY, below), _filled(_REAL_UNARY, below), _filled(_BINARY, below, below), chosen)


def rationals(low: int = -3, high: int = 3) -> SearchStrategy[str]:
    return st.fractions(low, high, max_denominator=16).map(lambda q: f"({q})")


def real_statements(depth: int, variables: tuple[str, ...] = VARIABLES) -> SearchStrategy[str]:
    """A lemma's parameters, a bar, and its lines: an inequality or an equation on a box, which may have no end."""
    box = st.tuples(*(st.tuples(rationals(), rationals(), st.sampled_from(("{0} <= {1} <= {2}", "{0} < {1}", "{1} <= {2}"))) for _ in variables))
    number = real_numbers(depth, variables)

    def text(drawn: tuple[tuple[tuple[str, str, str], ...], str, str, str]) -> str:
        ranges, left, relation, right = drawn
        assumed = ", ".join(shape.format(low, name, high) for name, (low, high, shape) in zip(variables, ranges, strict=True))
        parameters = ", ".join(f"{name}: Real" for name in variables)
        return f"{parameters} | assume({assumed}); show({left} {relation} {right})"

    return st.tuples(box, number, st.sampled_from(("<", "<=", "<=", "==", "!=")), number).map(text)
