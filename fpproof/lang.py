"""The language of theory files, for editors and type checkers.

A theory file begins with `from fpproof.lang import ...`, so that names are highlighted, completed and explained. fpproof reads such
files and never runs them, and so nothing here computes: to decide a file, `fpproof check FILE`. What everything means:
docs/theory-language.md.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, Generic, Literal, NoReturn, TypeAlias, TypeVar, overload

from fpproof.errors import TheoryError

_Function = TypeVar("_Function", bound=Callable[..., object])
_Loss = TypeVar("_Loss", bound="Callable[..., Number]")
_Component = TypeVar("_Component")
_Length = TypeVar("_Length")


def _read(what: str) -> NoReturn:
    raise TheoryError(f"{what}: a theory file is read, not run", hint="fpproof check FILE decides its lemmas")


class Number:
    """An exact extended real: what terms of a theory file stand for. Operators do not round."""

    def __add__(self, other: "Number | float") -> "Number":
        _read("+")

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__

    def __pow__(self, exponent: int) -> "Number":
        _read("**")

    def __neg__(self) -> "Number":
        _read("-")

    def __pos__(self) -> "Number":
        _read("+")

    def __abs__(self) -> "Number":
        _read("abs")

    def __lt__(self, other: "Number | float") -> bool:
        _read("<")

    __le__ = __gt__ = __ge__ = __lt__

    def __eq__(self, other: object) -> bool:
        _read("==")

    __hash__ = object.__hash__


Float: TypeAlias = Number
"""A finite value of the ambient format F, both zeros among them; `Annotated[Float, "G"]` of the format G."""
Datum: TypeAlias = Number
"""Any value of the ambient format: infinities and NaN too, where it has them."""
Real: TypeAlias = Number
"""Any real number; there is one zero."""
Int: TypeAlias = int
"""Any integer."""
Bool: TypeAlias = bool
"""True or False."""


class Vector(Generic[_Component, _Length]):
    """`Vector[Float, Literal[3]]`: a vector of three floats; components are x[0], x[1], x[2]."""

    def __getitem__(self, index: int) -> _Component:
        _read("a component")

    def __iter__(self) -> Iterator[_Component]:
        _read("a vector")

    def __len__(self) -> int:
        _read("a length")


class Format:
    """A floating-point format. As a parameter's type: the lemma is a schema over that format too."""

    p: int
    """Fraction bits; the precision is p + 1."""
    q: int
    """Exponent bits."""
    emin: int
    """The exponent of the smallest normal number."""
    emax: int
    """The exponent of the largest finite number."""
    omega: Number
    """The smallest positive number."""
    Omega: Number
    """The largest finite number."""


class Mode:
    """A rounding mode. As a parameter's type: the lemma holds in all six."""


class Network:
    """A network: what a @network returns, and what @define and @network may take."""


class Layer:
    """A layer of a network: relu(...) or affine(...)."""


class Outputs(Number):
    """What a network computes: a number if there is one, else a vector."""

    def __getitem__(self, index: int) -> Number:
        _read("a component")

    def __iter__(self) -> Iterator[Number]:
        _read("a vector")


F = Format()
"""The ambient format: the lemma holds in every format in which its requirements do."""

infinity: Number = Number()
"""The number +infinity."""
nan: Number = Number()
"""The value NaN."""

nearest = nearest_even = nearest_away = toward_zero = up = down = to_odd = Mode()
"""Rounding modes; nearest is nearest_even."""

binary16 = bfloat16 = tf32 = binary32 = binary64 = binary128 = E5M2 = E4M3FN = E4M3FN_sat = E3M2 = E2M3 = E2M1 = Format()
"""The named formats."""


# Statements


class Lemma:
    """A lemma, for `uses(...)`; called with formats, the lemma in these: uses(other(G=binary16))."""

    def __call__(self, **formats: Format) -> "Lemma":
        _read("a lemma in formats")


@overload
def lemma(function: Callable[..., object], /) -> Lemma: ...
@overload
def lemma(
    *,
    expect: Literal["proved", "refuted", "vacuous", "conditional", "supported", "open"] = ...,
    source: str = ...,
    formats: str | Sequence[str] = ...,
    plan: str | dict[str, str] = ...,
    rocq: str = ...,
) -> Callable[[Callable[..., object]], Lemma]: ...
def lemma(*function: Any, **options: Any) -> Any:
    """Marks a lemma: for all values of its parameters, if all `assume`s hold, all `show`s do.

    `expect="refuted"` marks a negative control, `source` names the place in the literature, `formats` and `plan` say where and how it is
    checked, `rocq` names a theorem. None of them changes what it means.
    """
    return function[0] if function else lambda f: f


def define(function: _Function) -> _Function:
    """Marks a function: names for parts of its value, then `return` an expression."""
    return function


@overload
def loss(function: _Loss, /) -> _Loss: ...
@overload
def loss(*, start: Sequence[Number | float]) -> Callable[[_Loss], _Loss]: ...
def loss(*function: Any, **options: Any) -> Any:
    """Marks a loss: a function of parameters of type Real that returns a number; for `flow` and `descent`, and to be called as a @define is.

    `start=[1/2, 1]` is where the commands `fpproof flow`, `descend` and `distance` start it. It does not change what the loss means.
    """
    return function[0] if function else lambda f: f


def network(function: _Function) -> _Function:
    """Marks a family of networks: names for weights, then `return layers(...)`."""
    return function


def assume(*conditions: bool) -> None:
    """What a lemma assumes."""
    _read("assume")


def show(*conditions: bool) -> None:
    """What a lemma says."""
    _read("show")


def require(*conditions: bool) -> None:
    """Which formats a lemma speaks of: require(F.q >= 6)."""
    _read("require")


def uses(*lemmas: Lemma) -> None:
    """Lemmas that this one rests on: its verdict is no better than theirs. uses(other(G=binary16)) names the formats."""
    _read("uses")


# Rounding


def fl(x: Number | float, format: Format = F, to: Mode = nearest) -> Number:
    """x rounded once: fl(x - y), fl(x - y, to=up), fl(x - y, binary32)."""
    _read("fl")


def rounded(x: Any, format: Format = F, to: Mode = nearest) -> Any:
    """Every operation that is written between the parentheses rounded, as a program would compute it: rounded(a*b + c)."""
    _read("rounded")


def ulp(x: Number | float, format: Format = F) -> Number:
    """2^(max(exponent(x), emin) - p)."""
    _read("ulp")


def exponent(x: Number | float, format: Format = F) -> int:
    """floor(log2 |x|); emin for 0."""
    _read("exponent")


def significand(x: Number | float, format: Format = F) -> Number:
    """x / 2^exponent(x), of magnitude in [1, 2)."""
    _read("significand")


def succ(x: Number | float, format: Format = F) -> Number:
    """The next greater value of the format."""
    _read("succ")


def pred(x: Number | float, format: Format = F) -> Number:
    """The next smaller value of the format."""
    _read("pred")


def is_float(x: Number | float, format: Format = F) -> bool:
    """Whether x is a finite value of the format."""
    _read("is_float")


def format(name: str) -> Format:
    """A format by its text: format("F(3,4)")."""
    return Format()


# Numbers and conditions


def pow2(n: int) -> Number:
    """2^n, exactly."""
    _read("pow2")


def exact(number: str) -> Number:
    """A number by its text, exactly: exact("0x1.8p-3"), exact("1/3")."""
    _read("exact")


def sqrt(x: Number | float) -> Number:
    """The square root."""
    _read("sqrt")


def exp(x: Number | float) -> Number:
    """The exponential function."""
    _read("exp")


def log(x: Number | float) -> Number:
    """The natural logarithm."""
    _read("log")


def tanh(x: Number | float) -> Number:
    """The hyperbolic tangent."""
    _read("tanh")


def sin(x: Number | float) -> Number:
    """The sine."""
    _read("sin")


def cos(x: Number | float) -> Number:
    """The cosine."""
    _read("cos")


def expm1(x: Number | float) -> Number:
    """exp(x) - 1."""
    _read("expm1")


def log1p(x: Number | float) -> Number:
    """log(1 + x)."""
    _read("log1p")


def sinh(x: Number | float) -> Number:
    """The hyperbolic sine."""
    _read("sinh")


def cosh(x: Number | float) -> Number:
    """The hyperbolic cosine."""
    _read("cosh")


def atan(x: Number | float) -> Number:
    """The inverse tangent."""
    _read("atan")


def erf(x: Number | float) -> Number:
    """The error function."""
    _read("erf")


def sigmoid(x: Number | float) -> Number:
    """1/(1 + exp(-x))."""
    _read("sigmoid")


def softplus(x: Number | float) -> Number:
    """log(1 + exp(x))."""
    _read("softplus")


def min(*numbers: Any) -> Number:
    """The least of numbers or of a vector's components; NaN if one is NaN. Needs no import."""
    _read("min")


def max(*numbers: Any) -> Number:
    """The greatest of numbers or of a vector's components; NaN if one is NaN. Needs no import."""
    _read("max")


def finite(x: Number | float) -> bool:
    """Whether x is neither infinite nor NaN."""
    _read("finite")


def is_nan(x: Number | float) -> bool:
    """Whether x is NaN."""
    _read("is_nan")


def same(x: Any, y: Any) -> bool:
    """Whether x and y are one number, zeros of different signs told apart; NaN is the same as NaN."""
    _read("same")


def implies(condition: bool, conclusion: bool) -> bool:
    """not condition or conclusion."""
    _read("implies")


def exists(type: Any, body: Callable[..., bool], witness: Any = None, format: Format = F) -> bool:
    """Whether some value of a type fits: exists(Float, lambda w: w > x). A `witness` is tried first; it changes no meaning."""
    _read("exists")


# Networks


def layers(*layers: Layer | Network, format: Format = F, semantics: str = "left-to-right") -> Network:
    """A network over a format; every weight must be a float of it. A network among the layers stands for its own.

    `semantics` is a text such as "bias-first" or "pairwise+wide(binary32)+flush": docs/semantics.md, section 3.
    """
    _read("layers")


def relu(weights: Iterable[Iterable[Number | float]], bias: Iterable[Number | float | None] | None = None) -> Layer:
    """A layer with ReLU: a row of weights for each neuron; None in `bias` is a neuron without one."""
    _read("relu")


def affine(weights: Iterable[Iterable[Number | float]], bias: Iterable[Number | float | None] | None = None) -> Layer:
    """A layer without activation."""
    _read("affine")


def layer(weights: Iterable[Iterable[Number | float]], bias: Iterable[Number | float | None] | None = None, activation: str | None = None) -> Layer:
    """A layer with any activation that `fpproof list activations` names: layer([[1]], activation="gelu")."""
    _read("layer")


def activation(name: str, x: Number | float, format: Format = F) -> Number:
    """sigma(x), correctly rounded, of a value x of the format: activation("gelu", x)."""
    _read("activation")


@overload
def derivative(name: str, x: Number | float, format: Format = F) -> Number: ...


@overload
def derivative(name: Number | float, x: Number) -> Number: ...


def derivative(name: str | Number | float, x: Number | float, format: Format = F) -> Number:
    """derivative("gelu", x): sigma'(x), correctly rounded, of a value x of the format. derivative(e, x): of an expression in a Real parameter."""
    _read("derivative")


def limit(e: Callable[[Number], Number | float], at: Number | float, side: str = "") -> Number:
    """The number or infinity that e tends to: limit(lambda x: sin(x) / x, 0); side="above" or side="below" for one side. NaN if there is none."""
    _read("limit")


# Trajectories


def flow(loss: Callable[..., Number], start: Iterable[Number | float], t: Number | float) -> list[Number]:
    """The parameters at the time t of the gradient flow of a loss, w' = -grad loss(w) from w(0) = start: flow(loss, [1/2, 1], 3)[0]."""
    _read("flow")


def descent(loss: Callable[..., Number], start: Iterable[Number | float], step: Number | float, k: int) -> list[Number]:
    """The parameters after k steps of gradient descent on a loss, w - step * grad loss(w), over the real numbers: k is written out."""
    _read("descent")


def network_file(file: str) -> Network:
    """The network of a certificate, in its format and semantics; `file` is a path from the theory file."""
    _read("network_file")


def certified(file: str) -> bool:
    """Whether all that a certificate claims is so."""
    _read("certified")


def value(f: Network, x: Any) -> Outputs:
    """What the network computes at x in the arithmetic of its format, sums from left to right."""
    _read("value")


def gradient(f: Network, x: Any, upstream: Any) -> Outputs:
    """What reverse-mode differentiation computes at x, in the same arithmetic."""
    _read("gradient")


__all__ = [
    "E2M1",
    "E2M3",
    "E3M2",
    "E4M3FN",
    "E5M2",
    "Annotated",
    "Bool",
    "Datum",
    "E4M3FN_sat",
    "F",
    "Float",
    "Format",
    "Int",
    "Literal",
    "Mode",
    "Network",
    "Real",
    "Vector",
    "activation",
    "affine",
    "assume",
    "atan",
    "bfloat16",
    "binary16",
    "binary32",
    "binary64",
    "binary128",
    "certified",
    "cos",
    "cosh",
    "define",
    "derivative",
    "descent",
    "down",
    "erf",
    "exact",
    "exists",
    "exp",
    "expm1",
    "exponent",
    "finite",
    "fl",
    "flow",
    "format",
    "gradient",
    "implies",
    "infinity",
    "is_float",
    "is_nan",
    "layer",
    "layers",
    "lemma",
    "limit",
    "log",
    "log1p",
    "loss",
    "max",
    "min",
    "nan",
    "nearest",
    "nearest_away",
    "nearest_even",
    "network",
    "network_file",
    "pow2",
    "pred",
    "relu",
    "require",
    "rounded",
    "same",
    "show",
    "sigmoid",
    "significand",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "succ",
    "tanh",
    "tf32",
    "to_odd",
    "toward_zero",
    "ulp",
    "up",
    "uses",
    "value",
]
