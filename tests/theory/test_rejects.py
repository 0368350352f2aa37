"""Files that are no theories: each is refused with the place and the reason, and nothing of it runs."""

import ast
import time
from pathlib import Path

import pytest

from fpproof.cli.main import main
from fpproof.errors import TheoryError
from fpproof.formats import parse_format
from fpproof.theory import instances, read_theory, read_theory_text

HEAD = "from fpproof.lang import *\n"

EXPRESSIONS = [
    # expression in show(...), column of the error in it (from 1), a part of the message
    ("z == x", 1, "the name z is unknown"),
    ("fll(x) == x", 1, "did you mean fl?"),
    ("x == ulpp(x)", 6, "did you mean ulp?"),
    ("abs(yy) >= 0", 5, "did you mean y?"),
    ("eval('1') == x", 1, "eval is Python's and no part of the language"),
    ("exec('1') == x", 1, "exec is Python's"),
    ("open('f') == x", 1, "open is Python's"),
    ("getattr(F, 'p') == 3", 1, "getattr is Python's"),
    ("__import__('os') == x", 1, "__import__ is Python's"),
    ("print(x) == x", 1, "print is Python's"),
    ("x", 1, "expected a condition, found a number"),
    ("1", 1, "expected a condition, found an integer"),
    ("F", 1, "expected a condition, found a format"),
    ("up", 1, "expected a condition, found a rounding mode"),
    ("v", 1, "expected a condition, found a vector of 3"),
    ("b + 1 == 2", 1, "expected a number, found a condition"),
    ("x + b == 2", 5, "expected a number, found a condition"),
    ("-b == 2", 2, "expected a number, found a condition"),
    ("not x", 5, "expected a condition, found a number"),
    ("b and x", 7, "expected a condition, found a number"),
    ("x or b", 1, "expected a condition, found a number"),
    ("b == x", 6, "expected a condition, found a number"),
    ("x == b", 6, "expected a number, found a condition"),
    ("b < b", 1, "expected a number, found a condition"),
    ("x < v", 5, "expected a number, found a vector of 3"),
    ("v == x", 1, "expected a vector of 3, found a number"),
    ("v == (x, y)", 1, "expected a vector of 3, found a vector of 2"),
    ("(x if x else y) == x", 7, "expected a condition, found a number"),
    ("(x if b else b) == x", 2, "expected two numbers, two conditions or two vectors"),
    ("(v if b else x) == v", 2, "expected two numbers, two conditions or two vectors"),
    ("F == binary16", 1, "expected a number, found a format"),
    ("v + v == v", 1, "+ of vectors is no part of the language"),
    ("x / 0 == x", 5, "a division by zero"),
    ("x / 0.0 == x", 5, "a division by zero"),
    ("n // 0 == n", 6, "a division by zero"),
    ("n % 0 == n", 5, "a division by zero"),
    ("x // 2 == x", 1, "expected an integer, found a number"),
    ("n % x == n", 5, "expected an integer, found a number"),
    ("2 ** 2000000 > x", 6, "a huge power"),
    ("2 ** -2000000 > x", 6, "a huge power"),
    ("x ** 99999999999 > x", 6, "a huge power"),
    ("10 ** 10 ** 10 > x", 7, "a huge power"),
    ("99 ** 900000 > x", 1, "a power of more than"),
    ("pow2(9999999) > x", 6, "a huge power"),
    ("pow2(10 ** 9) > x", 6, "a huge power"),
    ("x ** y > x", 6, "expected an integer, found a number"),
    ("x ** 0.5 > x", 6, "expected an integer, found a number"),
    ("pow2(x) > x", 6, "expected an integer, found a number"),
    ("pow2(0.5) > x", 6, "expected an integer, found a number"),
    ("x @ y == x", 1, "the operator @"),
    ("n << 1 == n", 1, "the operator <<"),
    ("n | 1 == n", 1, "the operator |"),
    ("n ^ 2 == n", 1, "the operator ^"),
    ("~n == n", 1, "the operator ~"),
    ("x is y", 1, "is and in"),
    ("x in v", 1, "is and in"),
    ("x.real == x", 1, "an attribute other than a format's p, q, emin"),
    ("F.name == 1", 1, "a format has p, q, emin, emax, omega, Omega, found .name"),
    ("F.emx == 1", 1, "did you mean emax?"),
    ("F.__class__ == 1", 1, "found .__class__"),
    ("F.p.real == 1", 1, "an attribute other than"),
    ("().__class__ == 1", 1, "an attribute other than"),
    ("x.as_integer_ratio() == x", 1, "a call of something other than a name"),
    ("os.system('ls') == 0", 1, "a call of something other than a name"),
    ("(lambda: x)() == x", 1, "a call of something other than a name"),
    ("x(1) == x", 1, "x is a number, not a function"),
    ("F(2, 3) == x", 1, "not a function"),
    ("Float(1) == x", 1, "Float is the type Float, not a function"),
    ("assume(b) == b", 1, "assume is a statement of lemmas"),
    ("lemma(b) == b", 1, "lemma is no function of numbers"),
    ("fl == x", 1, "expected a value, found the function fl"),
    ("Float == x", 1, "expected a value, found the type Float"),
    ("fl() == x", 1, "fl: x missing"),
    ("fl(x, F, up, 1) == x", 1, "fl takes 3 arguments, found 4"),
    ("fl(x, mode=up) == x", 12, "fl has no argument mode"),
    ("fl(x, too=up) == x", 11, "did you mean to?"),
    ("fl(x, x=y) == x", 9, "fl: x is given twice"),
    ("fl(x, up) == x", 7, "expected a format, found a rounding mode"),
    ("fl(x, to=F) == x", 10, "expected a rounding mode, found a format"),
    ("fl(x, 'E5M2') == x", 7, "found a text; names stand without quotes: E5M2"),
    ("fl(x, to='up') == x", 10, "found a text; names stand without quotes: up"),
    ("fl(b) == x", 4, "expected a number, found a condition"),
    ("fl(*v) == x", 4, "a star argument"),
    ("fl(**v) == x", 6, "a star argument"),
    ("rounded(v) == v", 9, "expected a number or a condition, found a vector of 3"),
    ("ulp(b) == 1", 5, "expected a number, found a condition"),
    ("min(x) == x", 1, "expected two numbers or more"),
    ("max(x, b) == x", 1, "expected a number, found a condition"),
    ("same(x, b)", 9, "expected a number, found a condition"),
    ("implies(x, b)", 9, "expected a condition, found a number"),
    ("format('E4M3') == 1", 8, "is ambiguous"),
    ("fl(x, format('E6M3')) == x", 14, "is unknown"),
    ("exact('1/x') == x", 7, "is no number"),
    ("exact('1e999999') == x", 7, "too large or too small"),
    ("exact(1) == x", 7, "expected a text between quotes"),
    ("len(x) == 1", 5, "expected a vector, found a number"),
    ("v[3] == x", 3, "index 3 of a vector with components 0 to 2"),
    ("v[-1] == x", 3, "index -1 of a vector"),
    ("v[n] == x", 3, "an index is a constant"),
    ("v[x] == x", 3, "expected an integer, found a number"),
    ("v[0:2] == v", 3, "a slice"),
    ("x[0] == x", 1, "only vectors have components, found a number"),
    ("'text' == x", 1, "expected a number or a condition, found a text"),
    ("b'text' == x", 1, "found bytes"),
    ("1j == x", 1, "found a complex number"),
    ("None == x", 1, "found None"),
    ("... == x", 1, "found this constant"),
    ("f'{x}' == x", 1, "a formatted text"),
    ("{x} == x", 1, "a set"),
    ("{1: x} == x", 1, "a dict"),
    ("[i for i in v if i > 0] == v", 18, "if in a vector"),
    ("[i for i in range(F.p)] == v", 13, "a vector over a range needs constant bounds"),
    ("[i for i in range(4)] == v", 1, "expected a vector of 4, found a vector of 3"),
    ("[i for i, j in v] == v", 8, "expected one name after for"),
    ("up == x", 7, "expected a rounding mode, found a number"),
    ("up < down", 1, "expected a number, found a rounding mode"),
    ("F == F", 1, "expected a number, found a format"),
    ("(w := x) == x", 2, "an assignment in an expression"),
    ("(lambda w: w) == x", 2, "a lambda stands in exists(...) only"),
    ("(i for i in v) == v", 1, "a generator stands in all(...), any(...) and sum(...) only"),
    ("all(x for i in range(3))", 5, "expected a condition, found a number"),
    ("all(b for i in range(3, 5, 2))", 16, "write range(n) or range(low, high)"),
    ("all(b for i in x)", 16, "expected a range or a vector, found a number"),
    ("all(b for i, j in range(3))", 11, "expected one name after for"),
    ("all(b for x in range(3))", 11, "the name x is taken"),
    ("all(b for fl in range(3))", 11, "the name fl is taken"),
    ("all(b for i in range(x))", 22, "expected an integer, found a number"),
    ("all(b for i in range(10 ** 7))", 16, "a range of 10000000 numbers"),
    ("all(i < 5 for i in range(1000) for j in range(1000))", None, "expand to more than 20000 expressions"),
    ("all(v[i] == x for i in range(F.p))", 7, "an index is a constant"),
    ("sum(x for i in range(F.p)) == x", 16, "a sum over a range needs constant bounds"),
    ("sum(x for i in range(3) if b) == x", 28, "if in a sum"),
    ("exists(Float, x > 0)", 15, "expected a lambda"),
    ("exists(Float, lambda: b)", 15, "expected a lambda"),
    ("exists(Float, lambda w: w)", 25, "expected a condition, found a number"),
    ("exists(Float, lambda w=1: w > x)", 24, "a default value"),
    ("exists(Float, lambda *w: b)", 15, "expected a lambda"),
    ("exists(Float, lambda x: x > 0)", 15, "the name x is taken"),
    ("exists(x, lambda w: w > x)", 8, "the name x is unknown"),
    ("exists(Format, lambda w: b)", 8, "expected a type"),
    ("exists(Float, lambda w: w > x, witness=b)", 40, "expected a number, found a condition"),
    ("exists(Float, lambda w, u: w > u, witness=x)", 43, "a witness is for one variable"),
    ("value(x, x) == x", 7, "expected a network, found a number"),
    ("value(step(x), (x, y)) == x", 16, "expected 1 input, found a vector of 2"),
    ("value(step(b), x) == x", 12, "expected a number, found a condition"),
    ("gradient(step(x), x) == x", 1, "gradient: upstream missing"),
    ("step(x) == x", 1, "expected a number, found a network"),
    ("step() == x", 1, "step: z missing"),
    ("other == x", 1, "expected a value, found the lemma other"),
    ("other(x)", 1, "other is a lemma"),
    ("relu([[1]]) == x", 1, "expected a number, found a layer"),
    ("value(layers(relu([1])), x) == x", 19, "expected a matrix of weights"),
    ("value(layers(relu([[1], [1, 2]])), x) == x", 19, "expected rows of one length, found 1, 2"),
    ("value(layers(relu([[1]], bias=[1, 2])), x) == x", 31, "expected 1 biases"),
    ("value(layers(relu([[1], [1]]), affine([[1]])), x) == x", 32, "expected rows of 2, the neurons of the layer before, found 1"),
    ("value(layers(x), x) == x", 14, "expected a layer, relu(...) or affine(...), or a network of layers, found a number"),
    ("value(layers(relu([[1]]), layers(relu([[1]]), format=E2M1)), x) == x", 27, "a network in another has its format and its semantics"),
    ("value(layers(layers(relu([[1]]), semantics='fma')), x) == x", 14, "a network in another has its format and its semantics"),
    ("value(layers(relu([[1]]), semantics='bias-last'), x) == x", 37, "is unknown or given twice"),
    ("value(layers(relu([[1]]), semantics=fma), x) == x", 37, "expected a text between quotes"),
    ("value(layers(relu([[1]]), order='fma'), x) == x", 33, "no other named arguments than format and semantics"),
    ("value(layers(layer([[1]], activation='gellu')), x) == x", 38, "did you mean gelu?"),
    ("value(layers(relu([[1]], activation='gelu')), x) == x", 37, "relu has no argument activation"),
    ("activation('sigmiod', x) == x", 12, "did you mean sigmoid?"),
    ("derivative(x, x) == x", 15, "expected a parameter of type Real, found a number"),
    ("certified('a.json')", 11, "a theory that is no file has no certificates beside it"),
    ("value(network_file('a.json'), x) == x", 20, "a theory that is no file has no certificates beside it"),
    ("certified(x)", 11, "expected a text between quotes"),
    ("of_network(x) == x", 12, "expected a network, found a number"),
    ("of_network(step) == x", 12, "expected a value, found the network step"),
    ("of_pair(step(x)) == x", None, "expected 1 input, found a vector of 2"),
    ("value(layers(), x) == x", 7, "expected at least one layer"),
    ("value(layers(relu([[b]])), x) == x", 21, "expected a number, found a condition"),
    ("(" * 60 + "x" + ")" * 60 + " == x", 50, "more than 50 brackets"),
    ("+".join(["x"] * 200) + " == x", None, "an expression of more than 150 levels"),
    ("not " * 200 + "b", None, "an expression of more than 150 levels"),
    ("1" + "0" * 500 + " == x", 1, "a number of 501 characters"),
    ("\u0445 == x", 1, "(U+0445)"),
    ("x == \u00bd", 6, "(U+00BD)"),
    ("x \u2264 y", 3, "(U+2264)"),
    ("x == y\u200b", 7, "U+200B, which does not show"),
    ("'\u202e' == x", 2, "U+202E, which does not show"),
    ("x == " + " " * 1000 + "y", None, "a line of"),
    ("x == 1 +", None, "no Python syntax"),
    ("x == == y", None, "no Python syntax"),
]

CONTEXT = (
    HEAD
    + """
@network
def step(z: Float):
    return layers(relu([[1]], bias=[-z]))

@define
def of_network(f: Network):
    return value(f, 1)

@define
def of_pair(f: Network):
    return value(f, (1, 1))

@lemma
def other(x: Float):
    show(x == x)

@lemma
def wrong(x: Float, y: Float, b: Bool, n: Int, v: Vector[Float, 3]):
    show({})
"""
)
_SHOW_LINE, _SHOW_COLUMN = 21, 10


@pytest.mark.parametrize(("text", "column", "message"), EXPRESSIONS, ids=[t[:40].encode("ascii", "replace").decode() for t, _, _ in EXPRESSIONS])
def test_expressions_that_mean_nothing(text: str, column: int | None, message: str) -> None:
    started = time.process_time()
    with pytest.raises(TheoryError) as caught:
        read_theory_text(CONTEXT.replace("{}", text))
    assert time.process_time() - started < 3  # a tenth of a second where nothing else runs
    error = caught.value
    assert message in str(error)
    assert error.place is not None
    if column is None and error.place.line != _SHOW_LINE:
        assert "return" in (error.place.source or ""), "in what is called"
        return
    assert error.place.line == _SHOW_LINE
    if column is not None:
        assert error.place.column == _SHOW_COLUMN - 1 + column
        assert error.place.source is not None
        assert error.place.source.strip().startswith("show(")


DOUBLING = "".join(f"    a{i + 1} = (a{i}, a{i})\n" for i in range(40))

FILES: list[tuple[str, int | None, str]] = [
    # text, line, a part of the message
    ("import os\n", 1, "import of os"),
    ("import fpproof.lang\n", 1, "import of fpproof.lang"),
    ("from os import path\n", 1, "an import of os"),
    ("from os.path import join\n", 1, "an import of os.path"),
    ("from theories.other import f\n", 1, "an import of theories.other"),
    ("from . import f\n", 1, "an import of ."),
    ("from fpproof import formats\n", 1, "an import of fpproof"),
    ("from fpproof.lang import fll\n", 1, "did you mean fl?"),
    ("from fpproof.lang import os\n", 1, "fpproof.lang has no os"),
    ("x = 1\nx = 2\n", 2, "the name x is taken"),
    ("min = 1\n", 1, "the name min is taken"),
    (HEAD + "fl = 1\n", 2, "the name fl is taken"),
    ("x, y = 1, 2\n", 1, "an assignment to something other than one name"),
    ("x = y = 1\n", 1, "an assignment to something other than one name"),
    ("x: int = 1\n", 1, "an assignment with a type"),
    ("x += 1\n", 1, "an assignment that changes a name"),
    ("class A:\n    pass\n", 1, "a class"),
    ("for i in range(3):\n    pass\n", 1, "a loop"),
    ("while True:\n    pass\n", 1, "a loop"),
    ("if __name__ == '__main__':\n    pass\n", 1, "an if statement"),
    ("with open('f') as f:\n    pass\n", 1, "with"),
    ("try:\n    pass\nexcept Exception:\n    pass\n", 1, "try"),
    ("assert True\n", 1, "assert"),
    ("del x\n", 1, "del"),
    ("print('hello')\n", 1, "an expression whose value is not used"),
    ("raise ValueError\n", 1, "raise"),
    ("async def f():\n    pass\n", 1, "an async function"),
    ("def f(x):\n    return x\n", 1, "needs one of @lemma, @define, @loss and @network"),
    ("@lemma\ndef f(x: Float):\n    show(x == x)\n", 1, "lemma is not imported"),
    (HEAD + "@lemmma\ndef f(x: Float):\n    show(x == x)\n", 2, "did you mean lemma?"),
    (HEAD + "@lemma\n@define\ndef f(x: Float):\n    show(x == x)\n", 4, "and no other"),
    (HEAD + "@fl\ndef f(x: Float):\n    show(x == x)\n", 2, "expected @lemma, @define, @loss or @network"),
    (HEAD + "@functools.cache\ndef f(x: Float):\n    show(x == x)\n", 2, "expected @lemma, @define, @loss or @network"),
    (HEAD + "@lemma('refuted')\ndef f(x: Float):\n    show(x == x)\n", 2, "a decorator's arguments have names"),
    (HEAD + "@lemma(expct='refuted')\ndef f(x: Float):\n    show(x == x)\n", 2, "did you mean expect?"),
    (HEAD + "@lemma(expect='refused')\ndef f(x: Float):\n    show(x == x)\n", 2, "did you mean refuted?"),
    (HEAD + "@lemma(expect=x)\ndef f(x: Float):\n    show(x == x)\n", 2, "expected a text between quotes"),
    (HEAD + "@lemma(formats='E5M3')\ndef f(x: Float):\n    show(x == x)\n", 2, "did you mean"),
    (HEAD + "@lemma(formats='E5M2 G=E2M1')\ndef f(x: Float):\n    show(x == x)\n", 2, "has no format G"),
    (HEAD + "@lemma(**{})\ndef f(x: Float):\n    show(x == x)\n", 2, "has no argument **"),
    (HEAD + "@define(expect='refuted')\ndef f(x: Float):\n    return x\n", 2, "@define has no argument expect"),
    (HEAD + "@lemma\ndef f(x):\n    show(x == x)\n", 3, "the parameter x has no type"),
    (HEAD + "@lemma\ndef f(x: float):\n    show(x == x)\n", 3, "float is Python's"),
    (HEAD + "@lemma\ndef f(x: Flaot):\n    show(x == x)\n", 3, "did you mean Float?"),
    (HEAD + "@lemma\ndef f(x: 'Float'):\n    show(x == x)\n", 3, "expected a type"),
    (HEAD + "@lemma\ndef f(x: Network):\n    show(x == x)\n", 3, "no lemma is about all networks"),
    (HEAD + "@lemma\ndef f(x: Vector[Float, 0]):\n    show(x == x)\n", 3, "expected a length from 1"),
    (HEAD + "@lemma\ndef f(x: Vector[Float, n]):\n    show(x == x)\n", 3, "expected a length from 1"),
    (HEAD + "@lemma\ndef f(x: Vector[Float, 99999]):\n    show(x == x)\n", 3, "expected a length from 1 to 1000"),
    (HEAD + "@lemma\ndef f(x: Vector[Vector[Float, 99], 99]):\n    show(x == x)\n", 3, "a vector of 9801 numbers, at most 1000"),
    (HEAD + "@lemma\ndef f(x: Vector[Network, 2]):\n    show(x == x)\n", 3, "vectors have numbers or conditions"),
    (HEAD + "@lemma\ndef f(x: Vector[Format, 2]):\n    show(x == x)\n", 3, "vectors have numbers or conditions"),
    (HEAD + "@lemma\ndef f(x: Annotated[Float, 'E9M9']):\n    show(x == x)\n", 3, "format 'E9M9' is unknown"),
    (HEAD + "@lemma\ndef f(x: Annotated[Int, 'F']):\n    show(x == x)\n", 3, "expected a type"),
    (HEAD + "@lemma\ndef f(x: Float, x: Float):\n    show(x == x)\n", 3, "the name x is taken"),
    (HEAD + "@lemma\ndef f(fl: Float):\n    show(fl == fl)\n", 3, "the name fl is taken"),
    (HEAD + "@lemma\ndef f(x: Float = 1):\n    show(x == x)\n", 3, "a default value"),
    (HEAD + "@lemma\ndef f(*x: Float):\n    show(b)\n", 3, "a star parameter"),
    (HEAD + "@lemma\ndef f(**x: Float):\n    show(b)\n", 3, "a star parameter"),
    (HEAD + "@lemma\ndef f(*, x: Float):\n    show(x == x)\n", 3, "parameters for names or places only"),
    (HEAD + "@lemma\ndef f(x: Float):\n    assume(x == x)\n", 3, "the lemma f shows nothing"),
    (HEAD + "@lemma\ndef f(x: Float):\n    show(x == x)\n    assume(x == x)\n", 5, "assume after show"),
    (HEAD + "@lemma\ndef f(x: Float):\n    show()\n", 4, "show of nothing"),
    (HEAD + "@lemma\ndef f(x: Float):\n    show(x=x)\n", 4, "show: no argument has a name"),
    (HEAD + "@lemma\ndef f(x: Float):\n    shows(x == x)\n", 4, "did you mean show?"),
    (HEAD + "@lemma\ndef f(x: Float):\n    fl(x)\n", 4, "expected a statement: assume, show, require, uses"),
    (HEAD + "@lemma\ndef f(x: Float):\n    x == x\n", 4, "an expression whose value is not used"),
    (HEAD + "@lemma\ndef f(x: Float):\n    return x\n", 4, "a return here"),
    (HEAD + "@lemma\ndef f(x: Float):\n    pass\n", 4, "pass"),
    (HEAD + "@lemma\ndef f(x: Float):\n    import os\n", 4, "an import in a function"),
    (HEAD + "@lemma\ndef f(x: Float):\n    global y\n", 4, "global state"),
    (HEAD + "@lemma\ndef f(x: Float):\n    for i in range(3):\n        show(x == x)\n", 4, "a loop"),
    (HEAD + "@lemma\ndef f(x: Float):\n    if x > 0:\n        show(x == x)\n", 4, "an if statement"),
    (HEAD + "@lemma\ndef f(x: Float):\n    def g(): return x\n    show(x == x)\n", 4, "a function in a function"),
    (HEAD + "@lemma\ndef f(x: Float):\n    class A: pass\n", 4, "a class"),
    (HEAD + "@lemma\ndef f(x: Float):\n    x = 1\n    show(x == x)\n", 4, "the name x is taken"),
    (HEAD + "@lemma\ndef f(x: Float):\n    a = 1\n    a = 2\n    show(x == x)\n", 5, "the name a is taken"),
    (HEAD + "@lemma\ndef f(x: Float):\n    a, b = x\n    show(x == x)\n", 4, "expected a vector of 2, found a number"),
    (HEAD + "@lemma\ndef f(x: Float):\n    a, b = x, x, x\n    show(x == x)\n", 4, "expected a vector of 2, found a vector of 3"),
    (HEAD + "@lemma\ndef f(x: Float):\n    x[0] = 1\n    show(x == x)\n", 4, "only names are assigned to"),
    (HEAD + "@lemma\ndef f(x: Float):\n    a = relu([[x]])\n    show(x == x)\n", 4, "a layer stands in layers(...) only"),
    (HEAD + "@lemma\ndef f(x: Float):\n    require(x > 0)\n    show(x == x)\n", 4, "a requirement speaks of formats, found x"),
    (HEAD + "@lemma\ndef f(x: Float):\n    uses(g)\n    show(x == x)\n", 4, "the name g is unknown"),
    (HEAD + "@lemma\ndef f(x: Float):\n    uses(f)\n    show(x == x)\n", 4, "the lemma f rests on itself"),
    (HEAD + "@lemma\ndef f(x: Float):\n    uses(x)\n    show(x == x)\n", 4, "expected the name of a lemma"),
    (HEAD + "@lemma\ndef f(b: Bool):\n    uses(g)\n    show(b)\n@lemma\ndef g(b: Bool):\n    uses(f)\n    show(b)\n", 8, "rests on itself"),
    (HEAD + "@define\ndef f(x: Float):\n    return f(x)\n", 4, "recursion: f is defined by itself"),
    (HEAD + "@define\ndef f(x: Float):\n    return g(x)\n@define\ndef g(x: Float):\n    return f(x)\n", 7, "recursion: f is defined by itself"),
    (HEAD + "a = b\nb = a\n", 3, "recursion: a is defined by itself"),
    (HEAD + "@define\ndef f(x: Float):\n    y = x\n", 4, "f ends with: return"),
    (HEAD + "@define\ndef f(x: Float):\n    return\n", 4, "f ends with: return"),
    (HEAD + "@define\ndef f(x: Float):\n    show(x == x)\n    return x\n", 4, "an expression whose value is not used"),
    (HEAD + "@define\ndef f(x: Bool):\n    return x + 1\n", 4, "expected a number, found a condition"),
    (HEAD + "@define\ndef f(x: Float):\n    return layers(relu([[x]]))\n", 4, "expected a number, a condition or a vector, found a network"),
    (HEAD + "@define\ndef f(x: Float):\n    return relu([[x]])\n", 4, "found a layer"),
    (HEAD + "@network\ndef f(x: Float):\n    return x\n", 4, "expected a network: return layers(...), found a number"),
    (HEAD + "@define\ndef f(n: Int):\n    return n\n@lemma\ndef g(x: Float):\n    show(f(x) == x)\n", 7, "expected an integer, found a number"),
    (HEAD + "@define\ndef f(v: Vector[Float, 2]):\n    return v[0]\n@lemma\ndef g(x: Float):\n    show(f(x) == x)\n", 7, "expected a vector of 2"),
    (HEAD + "@define\ndef f(G: Format):\n    return G.p\n@lemma\ndef g(x: Float):\n    show(f(x) == x)\n", 7, "expected a format, found a number"),
    (HEAD + "@define\ndef f(x: Real):\n    return x\n@lemma\ndef g(x: Float):\n    show(f(x, x) == x)\n", 7, "f takes 1 argument, found 2"),
    (HEAD + "@define\ndef f(x: Real):\n    return x\n@lemma\ndef g(x: Float):\n    show(f(y=x) == x)\n", 7, "f has no argument y"),
    ("x = 1 +\n", 1, "no Python syntax"),
    ("\tx = 1\n  y = 2\n", 1, "no Python syntax"),
    ("'''" + "a\n" * 5, 1, "no Python syntax"),
    ("x = '\x00'\n", 1, "U+0000"),
    ("x = 1 # \u202e\n", 1, "U+202E"),
    ("x = 1 # \u3164\n", 1, "U+3164, which does not show"),
    ("\"\"\"a\u00ad\U000e0041\"\"\"\n", 1, "U+00AD, which does not show"),
    ("from fpproof.lang import \ufb02\n", 1, "(U+FB02)"),
    ("x = " + "(" * 100000 + "\n", 1, "a line of"),
    ("x = (" + "\n(" * 100 + "\n", 51, "more than 50 brackets"),
    ("x = " + "-" * 900 + "1\n", 1, "an expression of more than 150 levels"),
    ("".join(f"a{i} = 1\n" for i in range(20000)), None, "a file of more than 50000 words and signs"),
    (HEAD + "@lemma\ndef f(x: Float) -> os.system('ls'):\n    show(x == x)\n", 3, "expected a type"),
    (HEAD + "@lemma\ndef f(x: Float):\n    show(value(layers(relu([[1]]), semantics='fma', semantics='fma'), x) == x)\n", 4, "given twice"),
    (HEAD + "@lemma\ndef f(x: Float):\n    show(x / -0.0 == x)\n", 4, "a division by zero"),
    (HEAD + "@lemma\ndef f(x: Float):\n    a0 = (x, x)\n" + DOUBLING + "    show(a0 == a0)\n", None, "expand to more than 20000 expressions"),
    ("x = 1\n" * 200000, 43691, "at most 262144 bytes"),
    ("".join(f"a{i} = 1\n" for i in range(12501)), 12500, "a file of more than 50000 words and signs"),
    (HEAD + "@lemma(formats=',')\ndef f(x: Float):\n    show(x == x)\n", 2, "formats names no format"),
    (HEAD + "@lemma(formats='E5M2, E2M1, E5M2')\ndef f(x: Float):\n    show(x == x)\n", 2, "formats: 'E5M2' is given twice"),
    (HEAD + "@lemma(formats='E5M2 F=E2M1')\ndef f(x: Float):\n    show(x == x)\n", 2, "the format F is given twice"),
    (HEAD + "@lemma(plan={'E5M22': 'exact'})\ndef f(x: Float):\n    show(x == x)\n", 2, "format 'E5M22' is unknown; did you mean E5M2?"),
    (HEAD + "@lemma(plan={'E5M2': 'exact', 'E5M2': 'smt'})\ndef f(x: Float):\n    show(x == x)\n", 2, "plan: 'E5M2' is given twice"),
    (HEAD + "@lemma(plan={**x})\ndef f(x: Float):\n    show(x == x)\n", 2, "a star argument"),
    (HEAD + "@lemma\ndef f(x: Float):\n    show(x == F.P)\n", 4, "did you mean p?"),
    (HEAD + "@lemma\ndef f(x: FLOAT):\n    show(x == x)\n", 3, "did you mean Float?"),
    (HEAD + "@lemma\ndef f(x: Float):\n    show(fl(x, format('F(9999999, -3)')) == x)\n", 4, "expected 1 <= p <= 256 and 2 <= q <= 19, found"),
    (HEAD + "match 1:\n    case 1:\n        x = 1\n", 2, "match: write x if condition else y"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), FILES, ids=range(len(FILES)))
def test_files_that_are_no_theories(text: str, line: int | None, message: str) -> None:
    started = time.process_time()
    with pytest.raises(TheoryError) as caught:
        read_theory_text(text)
    assert time.process_time() - started < 3  # a tenth of a second where nothing else runs
    assert message in str(caught.value)
    assert caught.value.place is not None
    assert line is None or caught.value.place.line == line


def test_there_are_enough_of_them() -> None:
    assert len(EXPRESSIONS) + len(FILES) >= 200


KINDS = {
    "names unknown": "is unknown",
    "types wrong": "expected a number, found a condition",
    "recursion": "recursion",
    "huge powers": "a huge power",
    "deep nesting": "levels",
    "brackets": "brackets",
    "division by zero": "a division by zero",
    "attributes": "an attribute other than",
    "os": "import of os",
    "eval": "eval is Python's",
    "lookalikes": "(U+0445)",
    "long lines": "a line of",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_among_them(kind: str) -> None:
    assert any(KINDS[kind] in message for _, _, message in [*EXPRESSIONS, *FILES])


@pytest.mark.parametrize("text", ["eval('1') == x", "fll(x) == x", "\u0445 == x", "2 ** 2000000 > x", "x == " + " " * 10_000_000 + "y"])
def test_the_command_shows_the_line_and_a_caret(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.py"
    path.write_text(CONTEXT.replace("{}", text))
    assert main(["check", str(path)]) == 2
    message, source, caret = capsys.readouterr().err.rstrip("\n").split("\n")
    assert message.startswith(f"fpproof: error: {path}:{_SHOW_LINE}:")
    assert "show(" in source or len(text) > 1000
    assert caret.strip() == "^"


def test_long_lines_and_files_end_at_once() -> None:
    started = time.process_time()
    for text in ("x = " + "1" * 10_000_000, "#" + "a" * 10_000_000, "x = [" + "\n1," * 3_000_000, "\n" * 10_000_000):
        with pytest.raises(TheoryError):
            read_theory_text(text)
    assert time.process_time() - started < 2


def test_bytes_that_are_no_text() -> None:
    found = ((b"x = 1\n\xff\n", "2:1"), (b"# \xc3\xa9\n# \xc3\xa9 \xe9", "2:5"), ("x = 1".encode("utf-16"), "1:1"), (b"\xed\xa0\x80", "1:1"))
    for data, place in found:
        with pytest.raises(TheoryError, match=rf"theory\.py:{place}: the file is not UTF-8") as caught:
            read_theory_text(data)
        assert caught.value.place is not None
        assert caught.value.place.source is not None


def test_nothing_is_executed(tmp_path: Path) -> None:
    """Files that would leave a trace if any part of them ran."""
    trace = tmp_path / "trace"
    lines = [
        f"open({str(trace)!r}, 'w')",
        f"x = open({str(trace)!r}, 'w')",
        f"@open({str(trace)!r}, 'w')\ndef f(x: Float):\n    show(x == x)",
        f"from fpproof.lang import *\n@lemma\ndef f(x: open({str(trace)!r}, 'w')):\n    show(x == x)",
        f"from fpproof.lang import *\n@lemma(expect=open({str(trace)!r}, 'w'))\ndef f(x: Float):\n    show(x == x)",
        f"from fpproof.lang import *\n@lemma\ndef f(x: Float):\n    show(x == open({str(trace)!r}, 'w'))",
    ]
    for text in lines:
        ast.parse(text)
        path = tmp_path / "theory.py"
        path.write_text(text)
        with pytest.raises(TheoryError):
            read_theory(path)
    assert not trace.exists()


BOMBS = """
@define
def large(n: Int):
    return n * 5000000000

@define
def f0(x: Real):
    return x

@define
def g(x: Real):
    return sum(fl(x + i) * fl(x - i) * x for i in range(500))

@lemma
def wrong(x: Float):
    show({})
"""
TRIPLING = "\n".join(f"@define\ndef f{i}(x: Real):\n    return f{i - 1}(x + 1) * f{i - 1}(x + {i}) * f{i - 1}(x - 1)" for i in range(1, 21))


@pytest.mark.parametrize(
    ("definitions", "text", "message"),
    [
        ("", "all(all(i + j + x > 0 for i in range(999)) for j in range(999))", "expand to more than 20000 expressions"),
        (
            "",
            "all(i + j + x > 0 for i in range(99 * F.p) for j in range(18) for k in range(99 * F.p))",
            "ranges expand to more than 200000 terms",
        ),
        ("", "all(fl(x + i) > i for i in range(large(F.p)))", "a range of 10000000000 numbers"),
        ("", "2 ** (1000000 * F.p) > x", "a power of more than"),
        ("", "pow2(large(F.q)) > x", "a power of more than"),
        ("", "pow2(-large(F.q)) > x", "a power of more than"),
        ("", "g(g(g(g(g(g(g(g(x)))))))) > x", "expand to more than 20000 expressions"),
        (TRIPLING, "f0(x) == x", "expand to more than 20000 expressions"),
    ],
)
def test_statements_that_would_be_huge(definitions: str, text: str, message: str) -> None:
    """They are refused when they are read, or in F(2,3)."""
    started = time.process_time()
    with pytest.raises(TheoryError) as caught:
        instances(read_theory_text(HEAD + definitions + BOMBS.replace("{}", text)).lemma("wrong"), parse_format("F(2,3)"))
    assert message in str(caught.value)
    assert caught.value.place is not None
    assert caught.value.place.column is not None
    assert time.process_time() - started < 5
