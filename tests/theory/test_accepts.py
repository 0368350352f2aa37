"""Files that are theories: each construct is read, and means what the page says at one or two inputs."""

from pathlib import Path

import pytest
from gmpy2 import mpq

from fpproof.errors import FpproofError, TheoryError
from fpproof.formats import parse_format
from fpproof.judges import Finding, Referee
from fpproof.judges.plan import scope_of
from fpproof.theory import Claim, fingerprint, formats_of, instances, read_theory, read_theory_text
from fpproof.theory.numbers import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, Number

HEAD = """
from fpproof.lang import *
HALF = 1 / 2
TWO = HALF + HALF + 1
G34 = format("F(3,4)")
@define
def square(x: Real):
    return x * x
@define
def ordered(v: Vector[Real, Literal[3]]):
    a, b, c = v
    return a <= b <= c
@define
def in_format(x: Real, G: Format):
    return fl(x, G) == x
@define
def in_mode(x: Real, m: Mode):
    return fl(x, to=m)
@define
def choice(c: Bool, n: Int):
    return n if c else -n
@network
def step(z: Float):
    return layers(relu([[1], [2]], bias=[-z, None]), affine([[1, -1]]))
@network
def sum_of_two(w: Vector[Float, Literal[2]]):
    return layers(affine([[w[0], w[1]]], bias=[0]))
@network
def doubled(f: Network):
    return layers(f, affine([[2]]))
@define
def slope(f: Network, z: Float):
    return gradient(f, z, 1)
@network
def linear(W: Vector[Vector[Float, 2], 2]):
    return layers(affine(W))
@define
def trace(W: Vector[Vector[Real, 2], 2]):
    return W[0][0] + W[1][1]
@network
def two_outputs():
    return layers(affine([[1], [2]]))
"""

TRUE = [
    # conditions that hold in F(2,3) with x = 3, y = -0.0, n = 2, b = True, v = (1, 2, 3)
    "x == 3",
    "1 < 2 <= 2 < x",
    "x != y",
    "not x < y",
    "b and not False",
    "b or x < 0",
    "b == True",
    "b != (x < 0)",
    "(1 if b else 2) == 1",
    "(0.5 if x < 0 else 0.25) == 1 / 4",
    "((1, 2) if b else (3, 4)) == (1, 2)",
    "-x == -3 and +x == 3",
    "0.1 == 1 / 10",
    "1e-3 == 1 / 1000",
    "0.1 + 0.2 == 0.3",
    "1_000 == 10**3",
    'exact("0x1.8p-1") == 0.75 and exact("1/3") == 1 / 3',
    "same(y, -0.0) and not same(y, 0.0) and y == 0",
    "same(-0, 0) and same(0 * -1, 0) and same(-0.0, -(0.0))",
    "same(nan, nan) and nan != nan and not nan == nan and is_nan(nan)",
    "x < infinity and -infinity < x and not finite(infinity) and finite(x)",
    "HALF == 0.5 and TWO == 2",
    "square(x) == 9 and square(x=x) == 9",
    "ordered(v) and ordered((1, 2, 3)) and not ordered([1, 3, 2])",
    "in_format(x, F) and in_format(x, binary16) and not in_format(1 / 3, F)",
    "in_format(1.125, G34) and not in_format(1.125, F)",
    "in_mode(3.25, up) == 3.5 and in_mode(3.25, down) == 3",
    "choice(b, 2) == 2 and choice(False, n) == -2",
    "fl(3.3) == 3.5 and fl(3.3, to=down) == 3 and fl(3.3, binary32) != fl(3.3)",
    "fl(3.3, F, up) == 3.5 and fl(x=3.3, format=F, to=toward_zero) == 3",
    "fl(3.25, to=nearest) == 3 and fl(3.25, to=nearest_away) == 3.5 and fl(3.1, to=to_odd) == 3.5",
    "same(fl(-0.001), -0.0) and same(fl(0 - 0.0, to=down), -0.0) and same(fl(x - x, to=down), -0.0) and same(fl(x - x), 0.0)",
    "fl(100) == infinity and fl(-100) == -infinity and fl(100, to=down) == F.Omega",
    "fl(100, E2M1) == 6 and is_nan(fl(infinity, E2M1)) and fl(1000, E4M3FN_sat) == 448 and is_nan(fl(1000, E4M3FN))",
    "rounded(x / 7 + 0.1) == fl(fl(x / 7) + fl(0.1))",
    "rounded(x * x + y, to=up) == fl(fl(x * x, to=up) + y, to=up)",
    "rounded(2 + 1 + x / 3) == fl(3 + fl(x / 3))",
    "rounded(5**2 - 24 + x / 3) == fl(1 + fl(x / 3))",
    "rounded(x * -0.1, to=up) == fl(x * -fl(0.1, to=up), to=up)",
    "rounded(x * -3, to=up) == fl(x * fl(-3, to=up), to=up)",
    "rounded(0.1) == fl(0.1)",
    "rounded(fl(x * 1.125) + square(1 / 3)) == fl(fl(x * 1.125) + square(fl(fl(1) / fl(3))))",
    "rounded(sqrt(x) * sqrt(x)) == fl(fl(sqrt(x)) * fl(sqrt(x)))",
    "rounded(x / 7 < 0.45, G34) == (fl(x / 7, G34) < fl(0.45, G34))",
    "sqrt(9) == 3 and sqrt(2) ** 2 == 2 and 1 < sqrt(2) < 1.5 and sqrt(2) * sqrt(3) == sqrt(6)",
    "fl(sqrt(2)) == 1.5 and fl(sqrt(2), binary16) == 1.4140625",
    "abs(-3) == x and abs(y) == 0 and min(x, 2, 5) == 2 and max(v) == 3 and min(v) == 1",
    "same(min(y, 0.0), -0.0) and same(max(y, 0.0), 0.0) and is_nan(min(nan, x))",
    "x / y == -infinity and x / -y == infinity and is_nan(y / y) and same(x / -infinity, -0.0)",
    "7 // 2 == 3 and 7 % 2 == 1 and -7 // 2 == -4 and n // 2 == 1 and is_nan(n // (n - 2))",
    "x ** 2 == 9 and x ** -1 == 1 / 3 and 2 ** (F.emin - 1) == pow2(F.emin - 1) and x ** n == 9 and x**0 == 1",
    "pow2(-3) == 1 / 8 and pow2(n) == 4",
    "F.p == 2 and F.q == 3 and F.emin == -2 and F.emax == 3 and F.omega == 1 / 16 and F.Omega == 14",
    "binary16.p == 10 and G34.emax == 7",
    "ulp(x) == 0.5 and ulp(0) == F.omega and ulp(1 / 3) == F.omega and ulp(x, binary16) == pow2(-9) and is_nan(ulp(infinity))",
    "exponent(x) == 1 and exponent(0) == F.emin and exponent(1 / 3) == -2 and exponent(sqrt(2)) == 0 and exponent(F.omega) == -4",
    "significand(x) == 1.5 and significand(-x) == -1.5 and significand(F.omega) == 1 and is_nan(significand(nan))",
    "succ(x) == 3.5 and pred(x) == 2.5 and succ(F.Omega) == infinity and succ(3.3) == 3.5 and pred(3.3) == 3 and same(succ(-F.omega), -0.0)",
    "is_float(x) and is_float(y) and not is_float(1 / 3) and not is_float(infinity) and not is_float(15) and is_float(15, binary16)",
    "implies(x > 0, x >= 3) and implies(x < 0, False)",
    "all(v[i] == i + 1 for i in range(3)) and any(c > 2 for c in v) and not any(c > 3 for c in v)",
    "all(c > 1 for c in v if c != 1) and any(i == j for i in range(2) for j in range(1, 3))",
    "all(2 * pow2(i) == pow2(i + 1) for i in range(F.emin, F.emax)) and any(pow2(i) == 4 for i in range(F.p + 1))",
    "all(i > j or i <= j for i in range(F.p) for j in range(i))",
    "all(fl(x, to=m) == x for m in (up, down, nearest, to_odd)) and all(x > 0 and b for i in range(0)) and not any(b for i in range(0))",
    "sum(v) == 6 and sum(i * i for i in range(4)) == 14 and sum(c * 2 for c in v) == 12 and len(v) == 3",
    "v == (1, 2, 3) and v != (1, 2, 4) and same(v, [1, 2, 3])",
    "exists(Float, lambda w: w > x) and not exists(Float, lambda w: w > F.Omega) and exists(Datum, lambda w: w > F.Omega)",
    "exists(Float, lambda w: w == x + 0.5, witness=x + 0.5) and exists(Real, lambda r: r == x / 3, witness=x / 3)",
    "exists(Float, lambda w: w > x, witness=y) and exists(Float, lambda w, u: w * u == x) and exists(Bool, lambda c: c != b)",
    "exists(Float, lambda w: exists(Float, lambda u: u > w)) and exists(Float, lambda w: w == 1.125, format=G34)",
    "value(step(1), x) == -4 and gradient(step(1), x, 1) == -1 and value(step(1), 0.5) == -1",
    "value(sum_of_two((1, 2)), (x, 1)) == 5 and gradient(sum_of_two((1, 2)), (x, 1), 1) == (1, 2)",
    "value(two_outputs(), x) == (3, 6) and value(two_outputs(), x)[1] == 6 and gradient(two_outputs(), x, (1, 1)) == 3",
    "exp(0) == 1 and log(1) == 0 and tanh(0) == 0 and cos(0) == 1 and same(sin(y), y) and exp(-infinity) == 0 and is_nan(log(-1))",
    "(False and value(step(1 / 3), x) == 1) or b",
    "[i + 1 for i in range(3)] == v and len([a for a in v for c in (1, 2)]) == 6 and sum([c * c for c in v]) == 14",
    "value(layers(relu([[1] for i in range(3)], bias=[-i for i in range(3)]), affine([[1, 1, 1]])), x) == 6",
    "up == up and up != down and nearest == nearest_even and all(m == up or fl(3.1, to=m) <= 3.5 for m in (up, down))",
    "sigmoid(0) == 0.5 and same(erf(y), y) and erf(infinity) == 1 and softplus(-infinity) == 0 and same(atan(y), y) and same(log1p(y), y)",
    "log1p(-1) == -infinity and is_nan(log1p(-2)) and cosh(0) == 1 and sinh(-infinity) == -infinity and expm1(-infinity) == -1",
    "exists(Real, lambda r: r > x) and exists(Real, lambda r: fl(r) == F.Omega and r > F.Omega) and exists(Int, lambda m: m * m == 9 and m < 0)",
    "value(doubled(step(1)), x) == -8 and gradient(doubled(step(1)), x, 1) == -2 and slope(step(1), x) == -1 and slope(layers(relu([[2]])), x) == 2",
    "value(layers(step(1), relu([[-1]])), x) == 4 and value(layers(layers(relu([[2]])), affine([[1]])), x) == 6",
    "value(layers(layer([[1]], activation='identity')), x) == 3 and value(layers(layer([[-1]], bias=[1], activation='relu')), x) == 0",
    "value(layers(layer([[1]], activation='tanh')), x) == 1 and same(value(layers(layer([[1]], activation='tanh')), y), -0.0)",
    "activation('sigmoid', 0) == 0.5 and derivative('sigmoid', 0) == 0.25 and activation('leaky_relu', -1) == fl(-0.01)",
    "activation('tanh', 0.5, G34) == fl(0.4621171572600097585, G34) and rounded(activation('relu', x) / 7) == fl(3 / 7)",
    "value(layers(affine([[1, 1, 1]])), (14, 2, -14)) == infinity and value(layers(affine([[1, 1, 1]])), (8, 1, -8)) == 0",
    "value(layers(affine([[1, 1]], bias=[8]), semantics='bias-first'), (1, 1)) == 8 and value(layers(affine([[1, 1]], bias=[8])), (1, 1)) == 10",
    "value(layers(affine([[1, 1, 1, 1]]), semantics='pairwise'), (8, 1, 1, 2)) == 12 and value(layers(affine([[1, 1, 1, 1]])), (8, 1, 1, 2)) == 10",
    "value(layers(affine([[1.25, 1]]), semantics='fma'), (1.25, -1.5)) == 0"
    " and value(layers(affine([[1, 1.25]]), semantics='fma'), (-1.5, 1.25)) == 0.0625",
    "gradient(layers(relu([[1]]), semantics='relu-slope(1)'), 0, x) == 3 and gradient(layers(relu([[1]])), 0, x) == 0",
    "value(layers(affine([[1]]), semantics='flush'), F.omega) == 0 and value(layers(affine([[1, 1]]), semantics='wide(binary32)'), (8, 1)) == 8",
    "value(linear(((1, 2), (3, 4))), (1, 1)) == (3, 7) and trace(((1, 2), (3, 4))) == 5",
]  # fmt: skip


def claim_of(text: str, parameters: str = "x: Float, y: Float, n: Int, b: Bool, v: Vector[Float, Literal[3]]") -> Claim:
    theory = read_theory_text(f"{HEAD}@lemma\ndef l({parameters}):\n    show({text})\n")
    return instances(theory.lemma("l"), parse_format("F(2,3)"))[0]


def finding(text: str) -> Finding:
    claim = claim_of(text)
    values: list[Number | bool] = [mpq(3), NEGATIVE_ZERO, mpq(2), True, mpq(1), mpq(2), mpq(3)]
    referee = Referee(claim)
    found = referee.at(dict(zip(claim.variables, values, strict=True)))
    assert found is not Finding.UNKNOWN, referee.reason
    return found


@pytest.mark.parametrize("text", TRUE)
def test_what_holds_at_a_point(text: str) -> None:
    assert finding(text) is Finding.HOLDS
    assert finding(f"not ({text})") is Finding.FAILS


def test_there_are_enough_of_them() -> None:
    assert len(TRUE) >= 60


@pytest.mark.parametrize(
    "text",
    [
        "exp(log(2)) == 2",
        "sqrt(x) + sqrt(2) == sqrt(5 + 2 * sqrt(6))",
        "sin(sqrt(2))**2 + cos(sqrt(2))**2 == 1",
        "exists(Real, lambda r: r * r == x)",
        "exists(Int, lambda m: m > 99)",
    ],
)
def test_what_the_exact_evaluator_cannot(text: str) -> None:
    claim = claim_of(text, "x: Float")
    referee = Referee(claim)
    assert referee.at({claim.variables[0]: mpq(3)}) is Finding.UNKNOWN
    assert referee.reason


@pytest.mark.parametrize("text", ["exp(x) > 0", "sqrt(x) + sqrt(2) > 1", "sqrt(sqrt(x)) > 1", "sin(sqrt(2)) < 1", "softplus(0) > 0"])
def test_what_balls_tell(text: str) -> None:
    """Of numbers that the exact evaluator has no form for."""
    claim = claim_of(text, "x: Float")
    referee = Referee(claim)
    assert referee.at({claim.variables[0]: mpq(3)}) is Finding.HOLDS
    assert referee.bits > 0


def test_numbers_stay_small() -> None:
    """Squaring forty times: the number would have 2^40 bits."""
    lines = "\n".join(f"    a{i + 1} = a{i} * a{i}" for i in range(40))
    theory = read_theory_text(f"from fpproof.lang import *\n@lemma\ndef l(x: Float):\n    a0 = x\n{lines}\n    show(a40 > 1)\n")
    claim = instances(theory.lemmas[0], parse_format("F(2,3)"))[0]
    referee = Referee(claim)
    assert referee.at({claim.variables[0]: mpq(3)}) is Finding.UNKNOWN
    assert "more than 1048576 bits" in referee.reason
    assert referee.at({claim.variables[0]: mpq(1)}) is Finding.FAILS


def test_a_weight_that_is_no_float_is_an_error_with_its_parameters() -> None:
    claim = claim_of("value(step(x / 3), y) < 9", "x: Float, y: Float")
    values = dict(zip(claim.variables, [mpq(3), mpq(2)], strict=True))
    assert Referee(claim).at(values) is Finding.HOLDS
    values[claim.variables[0]] = mpq(1)
    with pytest.raises(TheoryError, match=r"the weight .* is -1/3, which is no float of F\(2,3\) at x = 1.0 \(0x1p\+0\), y = 2.0") as caught:
        Referee(claim).at(values)
    assert caught.value.place is not None
    assert caught.value.place.source == "    return layers(relu([[1], [2]], bias=[-z, None]), affine([[1, -1]]))"


def test_parameters_of_every_type() -> None:
    theory = read_theory_text(
        """
from fpproof.lang import *
@lemma(expect="refuted", source="Theorem 3.4", formats=["E5M2 G=binary16", "F(2,3) G=F(3,4)"], plan={"E5M2": "smt"}, rocq="mine")
def l(x: Float, d: Datum, r: Real, n: Int, b: Bool, v: Vector[Datum, 2], w: Vector[Vector[Int, 2], 1], G: Format, m: Mode,
      y: Annotated[Float, "G"], z: Annotated[Datum, "E2M1"]):
    \"\"\"All of them.

    Source: nowhere,
    really.
    \"\"\"
    require(G.p >= F.p, F.q >= 3)
    show(x == y)
"""
    )
    lemma = theory.lemmas[0]
    assert [v.variable.name for v in lemma.variables] == ["x", "d", "r", "n", "b", "v[0]", "v[1]", "w[0][0]", "w[0][1]", "y", "z"]
    assert lemma.format_parameters == ("F", "G")
    assert lemma.mode_parameters == ("m",)
    assert (lemma.expect, lemma.source, lemma.rocq) == ("refuted", "Theorem 3.4", "mine")
    assert lemma.plan == {"E5M2": "smt"}
    claims = instances(lemma, formats_of(lemma, lemma.formats[0]))
    assert [c.scope for c in claims[:2]] == ["E5M2, G = binary16, m = nearest-even", "E5M2, G = binary16, m = nearest-away"]
    assert len(claims) == 6
    formats = {v.variable.name: v.args[0].data.name for v in claims[0].variables if v.args}
    assert formats == {"x": "E5M2", "d": "E5M2", "v[0]": "E5M2", "v[1]": "E5M2", "y": "binary16", "z": "E2M1"}
    assert instances(lemma, formats_of(lemma, "binary16 G=E5M2")) == ()
    with pytest.raises(TheoryError, match="no format is given for G"):
        instances(lemma, parse_format("E5M2"))


@pytest.mark.parametrize("text", ["H=E5M2", "E5M2 H=E2M1", "E5M9", ""])
def test_formats_that_a_lemma_has_not(text: str) -> None:
    lemma = read_theory_text("from fpproof.lang import *\n@lemma\ndef l(x: Float):\n    show(x == x)\n").lemmas[0]
    with pytest.raises(FpproofError):
        formats_of(lemma, text)


def test_requirements_leave_modes_out() -> None:
    text = "from fpproof.lang import *\n@lemma\ndef l(x: Float, m: Mode, k: Mode):\n    require(m != up, m != down, {})\n    show(x == x)\n"
    claims = instances(read_theory_text(text.replace("{}", "k == up or k == down")).lemmas[0], parse_format("E2M1"))
    assert len(claims) == 8
    assert scope_of(claims) == "E2M1, m = nearest-even, nearest-away, toward-zero, to-odd, k = up, down"
    assert scope_of(claims[:3]).endswith("m = nearest-even, nearest-away, k = up, down (3 of these choices)")
    (every,) = read_theory_text(text.replace("require(m != up, m != down, {})", "show(x == x)")).lemmas
    assert scope_of(instances(every, parse_format("E2M1"))) == "E2M1, every mode m, every mode k"
    assert instances(read_theory_text(text.replace("{}", "m == up")).lemmas[0], parse_format("E2M1")) == ()


def test_sources_come_from_docstrings() -> None:
    head = '"""A theory.\n\nSource: A book,\npage 3.\n\nMore.\n"""\nfrom fpproof.lang import *\n'
    theory = read_theory_text(head + '@lemma\ndef l(b: Bool):\n    """Of b.\n\n    Source: B."""\n    show(b)\n')
    assert theory.source == "A book, page 3."
    assert theory.lemmas[0].source == "B."


def test_python_does_not_warn() -> None:
    theory = read_theory_text('"""\\d"""\nfrom fpproof.lang import *\n@lemma\ndef l(x: Float):\n    show(x == 1or x != 1)\n')
    assert len(theory.lemmas) == 1


# Imports


ONE = """
from fpproof.lang import *
K = 3
@define
def f(x: Real):
    return K * x
@lemma
def base(x: Float):
    show(f(x) == 3 * x)
"""
OTHER = """
from fpproof.lang import Float, lemma, show, uses
from {} import base, f as triple
@lemma
def l(x: Float):
    uses(base)
    show(triple(x) == x + x + x)
"""


def test_theories_import_each_other(tmp_path: Path) -> None:
    root = tmp_path / "theories"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "one.py").write_text(ONE)
    places = {"a/two.py": ".one", "a/b/three.py": "..one", "four.py": "theories.a.one", "a/five.py": "theories.a.one", "six.py": ".a.one"}
    for place, module in places.items():
        path = root / place
        path.write_text(OTHER.replace("{}", module))
        lemma = read_theory(path).lemmas[0]
        assert [str(u) for u in lemma.uses] == ["base"]
        assert lemma.uses[0].lemma.place.file == str(root / "a" / "one.py")
    (root / "a" / "one.py").write_text("from fpproof.lang import *\n@define\ndef f(x: Real):\n    return y\n")
    with pytest.raises(TheoryError, match=r"one\.py:4:12: the name y is unknown"):
        read_theory(root / "a" / "one.py")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (".two", "imports itself"),
        (".one", "imports itself"),
        (".three", "there is no such theory file"),
        ("...outside", "outside the tree of theories"),
        ("....etc.passwd", "outside the tree of theories"),
        ("theories.other", "there is no such theory file"),
        ("os", "a theory file imports fpproof.lang and other theory files"),
    ],
)
def test_imports_that_are_refused(tmp_path: Path, module: str, message: str) -> None:
    root = tmp_path / "theories" / "a"
    root.mkdir(parents=True)
    (tmp_path / "outside.py").write_text("f = 1\n")
    (root / "two.py").write_text("from .one import f\n")
    path = root / "one.py"
    path.write_text(f"from {module} import f\n")
    with pytest.raises(TheoryError, match=message) as caught:
        read_theory(path)
    assert caught.value.place is not None


USES = """
from fpproof.lang import *
@lemma
def one(x: Float):
    show(x == x)
@lemma
def two(x: Float, G: Format):
    show(fl(x, G) == fl(x, G))
@lemma
def three(x: Float, G: Format, H: Format):
    {}
    show(x == x)
"""


@pytest.mark.parametrize(
    ("line", "shown", "meant"),
    [
        ("uses(one, two)", "one two", [{"F": "E5M2"}, {"F": "E5M2", "G": "E2M1"}]),
        ("uses(one(F=G), two(G=H))", "one(F=G) two(G=H)", [{"F": "E2M1"}, {"F": "E5M2", "G": "E3M2"}]),
        ("uses(two(F=binary16, G=format('F(2,3)')))", "two(F=binary16, G=F(2,3))", [{"F": "binary16", "G": "F(2,3)"}]),
        ("K = H\n    uses(two(F=K, G=F))", "two(F=H, G=F)", [{"F": "E3M2", "G": "E5M2"}]),
    ],
)
def test_lemmas_are_used_in_formats(line: str, shown: str, meant: list[dict[str, str]]) -> None:
    lemma = read_theory_text(USES.replace("{}", line)).lemma("three")
    assert " ".join(map(str, lemma.uses)) == shown
    given = formats_of(lemma, "E5M2 G=E2M1 H=E3M2")
    assert [{name: F.name for name, F in use.formats_in(given).items()} for use in lemma.uses] == meant


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("uses(two(E5M2))", "the formats of a lemma have names"),
        ("uses(two(H=E5M2))", "two has no format H"),
        ("uses(two(G=x))", "expected a format, found a number"),
        ("uses(two(**G))", "two has no format **"),
        ("uses(fl(x))", "expected the name of a lemma"),
        ("uses(three)", "rests on itself"),
    ],
)
def test_uses_that_are_refused(line: str, message: str) -> None:
    with pytest.raises(TheoryError) as caught:
        read_theory_text(USES.replace("{}", line))
    assert message in str(caught.value)
    assert caught.value.place is not None
    assert caught.value.place.line == 11


def test_a_lemma_of_more_formats_is_used_in_all_of_them() -> None:
    two = "@lemma\ndef two(x: Float, G: Format):\n    show(x == x)\n"
    text = f"from fpproof.lang import *\n{two}@lemma\ndef one(x: Float):\n    uses(two)\n    show(x == x)\n"
    with pytest.raises(TheoryError, match=r"7:10: two is about a format G too, which is not given; write two\(G=binary16\)"):
        read_theory_text(text)


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    root = tmp_path / "theories"
    root.mkdir()
    (tmp_path / "secret.py").write_text("f = 1\n")
    (root / "link.py").symlink_to(tmp_path / "secret.py")
    (root / "one.py").write_text("from .link import f\n")
    with pytest.raises(TheoryError, match="outside the tree"):
        read_theory(root / "one.py")


# Terms


def test_equal_terms_are_one_object() -> None:
    claim = claim_of("fl(x + y) == fl(x + y) and fl(x + y) < 3")
    equal, less = claim.conclusions
    assert equal.args[0] is equal.args[1] is less.args[0]


def test_fingerprints_depend_on_what_is_said() -> None:
    def said(text: str, format: str = "F(2,3)", name: str = "l") -> str:
        theory = read_theory_text(f"from fpproof.lang import *\n@lemma\ndef {name}(x: Float, y: Float):\n    '''Text.'''\n    show({text})\n")
        return instances(theory.lemmas[0], parse_format(format))[0].fingerprint

    assert said("fl(x + y) == x") == said("fl( x+y )==x", name="other")
    assert said("fl(x + y) == x", "E5M2") == said("fl(x + y) == x", "F(2,5)")
    different = {
        said(t) for t in ("x == y", "x <= y", "y <= x", "same(x, y)", "fl(x) == y", "fl(x, to=up) == y", "x == y + 0", "x == y + 0.0", "x + 1 == y")
    }
    assert len(different) == 9
    assert said("x == y") != said("x == y", "E5M2")
    assert fingerprint([]) == fingerprint([])


@pytest.mark.parametrize("value", [INFINITY, NEGATIVE_INFINITY, NAN])
def test_datum_parameters_range_over_specials(value: Number) -> None:
    claim = claim_of("finite(x)", "x: Datum")
    assert Referee(claim).at({claim.variables[0]: value}) is Finding.FAILS
