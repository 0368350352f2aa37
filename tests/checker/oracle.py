"""A second reading of docs/semantics.md in rational arithmetic, for tiny networks: rounding by search among all floats of a format.

Numbers are fractions, or the strings "+", "-" (infinities) and "nan". Matrices are dense, a missing weight is None, and a sparse
network is evaluated twice, sparsely and densely, whatever it meets.
"""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

Value = Fraction | str
Matrix = list[list[Fraction | None]]


@dataclass(frozen=True)
class Tiny:
    """A format with few floats."""

    name: str
    p: int
    emin: int
    emax: int
    omega: int
    specials: str
    overflow: str

    @cached_property
    def fields(self) -> int:
        """How many bits the exponent field has: enough for zero, all binades and, if IEEE, the specials."""
        needed = self.emax - self.emin + 2 + (1 if self.specials == "ieee" else 0)
        bits = 0
        while 2**bits < needed:
            bits += 1
        return bits

    @cached_property
    def width(self) -> int:
        return 1 + self.fields + self.p

    @cached_property
    def grid(self) -> list[Fraction]:
        """Nonnegative numbers by their codes, with the binade of Omega and the next one completed, as if there were no overflow."""
        unit = Fraction(2) ** (self.emin - self.p)
        numbers = [m * unit for m in range(2**self.p)]
        for e in range(self.emin, self.emax + 2):
            numbers += [(1 + Fraction(m, 2**self.p)) * Fraction(2) ** e for m in range(2**self.p)]
        return numbers

    @cached_property
    def largest(self) -> Fraction:
        return self.grid[self.omega]

    def code(self, number: Value, sign: bool = False) -> str:
        """The code of a number of the format; `sign` asks for -0."""
        if isinstance(number, str):
            assert self.specials == "ieee"
            magnitude = (2**self.fields - 1) * 2**self.p + (1 if number == "nan" else 0)
            negative = number == "-"
        else:
            magnitude, negative = self.grid.index(abs(number)), number < 0 or sign
            assert magnitude <= self.omega
        return f"{magnitude + (2 ** (self.width - 1) if negative else 0):0{(self.width + 3) // 4}x}"

    def record(self) -> dict[str, object]:
        members = {"name": self.name, "p": self.p, "emin": self.emin, "emax": self.emax, "Omega": self.code(self.largest)}
        return {**members, "specials": self.specials, "overflow": self.overflow}

    def finite(self) -> list[Fraction]:
        numbers = self.grid[: self.omega + 1]
        return [-number for number in reversed(numbers[1:])] + numbers

    def round(self, r: Value, flush: bool = False) -> Value:
        if isinstance(r, str):
            return r if self.specials == "ieee" else "nan"
        size = abs(r)
        if size < self.grid[-1]:
            low = bisect_right(self.grid, size) - 1
            if size != self.grid[low]:
                below, above = size - self.grid[low], self.grid[low + 1] - size
                low += 1 if above < below or (above == below and low % 2 == 1) else 0
            size = self.grid[low]
        if size > self.largest:
            if self.overflow == "saturate":
                size = self.largest
            else:
                return "nan" if self.overflow == "nan" else "+" if r > 0 else "-"
        if flush and size < Fraction(2) ** self.emin:
            size = Fraction(0)
        return size if r > 0 else -size


F23 = Tiny("F(2,3)", 2, -2, 3, 6 * 4 + 3, "ieee", "infinity")
F24 = Tiny("F(2,4)", 2, -6, 7, 14 * 4 + 3, "ieee", "infinity")
F33 = Tiny("F(3,3)", 3, -2, 3, 6 * 8 + 7, "ieee", "infinity")
E5M2 = Tiny("E5M2", 2, -14, 15, 30 * 4 + 3, "ieee", "infinity")
E4M3FN = Tiny("E4M3FN", 3, -6, 8, 126, "nan", "nan")
E4M3SAT = Tiny("E4M3FN-sat", 3, -6, 8, 126, "nan", "saturate")
E2M1 = Tiny("E2M1", 1, 0, 2, 7, "none", "saturate")
ODD = Tiny("odd", 2, -3, 1, 5 * 4 + 1, "ieee", "nan")  # 7 exponent fields of 8, Omega inside its binade, overflow to NaN
FORMATS = [F23, F24, E5M2, E4M3FN, E4M3SAT, E2M1, ODD]


def times(a: Value, b: Value) -> Value:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a * b
    if "nan" in (a, b) or 0 in (a, b):
        return "nan"
    signs = [one == "-" if isinstance(one, str) else one < 0 for one in (a, b)]
    return "-" if signs[0] != signs[1] else "+"


def add(a: Value, b: Value) -> Value:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a + b
    specials = {one for one in (a, b) if isinstance(one, str)}
    return specials.pop() if len(specials) == 1 else "nan"


@dataclass(frozen=True)
class Meaning:
    """The semantics: `wide` is None or a format, `slope` the derivative of ReLU at 0."""

    order: str = "left-to-right"
    wide: Tiny | None = None
    flush: bool = False
    slope: Fraction = Fraction(0)

    def record(self, fmt: Tiny) -> dict[str, object]:
        wide = None if self.wide is None else self.wide.record()
        return {"order": self.order, "wide": wide, "flush": self.flush, "relu-slope": fmt.code(self.slope)}


@dataclass(frozen=True)
class OracleLayer:
    weights: Matrix
    bias: list[Fraction | None]
    sparse: bool = False
    relu: bool = True


@dataclass(frozen=True)
class Result:
    value: list[Value]
    gradient: list[Value]
    counts: tuple[int, int, int]
    dense: bool


class Oracle:
    def __init__(self, fmt: Tiny, meaning: Meaning) -> None:
        self.fmt, self.meaning, self.wide = fmt, meaning, meaning.wide or fmt

    def read(self, number: Value) -> Value:
        return self.fmt.round(number, self.meaning.flush)

    def inner(self, exact: Value) -> Value:
        """An operation inside a sum."""
        return self.wide.round(exact, self.meaning.flush)

    def tree(self, terms: list[Value | None]) -> Value | None:
        """Pairwise; None where there is no term."""
        if len(terms) == 1:
            return terms[0]
        half = 1
        while 2 * half < len(terms):
            half *= 2
        left, right = self.tree(terms[:half]), self.tree(terms[half:])
        if left is None or right is None:
            return right if left is None else left
        return self.inner(add(left, right))

    def line(self, terms: list[Value | None]) -> Value | None:
        """From left to right; None where there is no term."""
        total: Value | None = None
        for term in terms:
            if term is not None:
                total = term if total is None else self.inner(add(total, term))
        return total

    def sum(self, weights: list[Fraction | None], values: list[Value], bias: Fraction | None) -> Value:
        read = [None if weight is None else self.read(weight) for weight in weights]
        exact = [None if weight is None else times(weight, value) for weight, value in zip(read, values, strict=True)]
        terms = [None if term is None else self.inner(term) for term in exact]
        order, total = self.meaning.order, None
        start: list[Value | None] = [] if bias is None else [self.inner(self.read(bias))]
        if order == "fma":
            for term in exact:
                if term is not None:
                    total = self.inner(term if total is None else add(total, term))
        elif order == "pairwise":
            total = self.tree(terms)
        elif order.startswith("blocked"):
            k = int(order[8:-1])
            total = self.line([self.line(terms[i : i + k]) for i in range(0, len(terms), k)])
        else:
            total = self.line(start + terms if order == "bias-first" else terms)
        if total is None:
            total = Fraction(0)
        if bias is not None and order != "bias-first":
            total = self.inner(add(total, self.read(bias)))
        return self.read(total)

    def once(self, layers: list[OracleLayer], x: list[Fraction], upstream: list[Fraction], dense: bool) -> tuple[Result, bool]:
        """One evaluation, and whether it met a non-finite activation or adjoint."""
        values: list[Value] = [self.read(one) for one in x]
        masks, counts, met = [], [0, 0, 0], False
        matrices: list[Matrix] = []
        for layer in layers:
            missing = Fraction(0) if dense and layer.sparse else None
            matrix: Matrix = [[missing if weight is None else weight for weight in row] for row in layer.weights]
            matrices.append(matrix)
            zs = [self.sum(row, values, bias) for row, bias in zip(matrix, layer.bias, strict=True)]
            pairs = [self.activation(z) if layer.relu else (z, Fraction(1)) for z in zs]
            values, mask = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            masks.append(mask)
            counts[0] += sum(isinstance(z, str) for z in zs)
            counts[1] += sum(isinstance(value, str) for value in values)
        delta: list[Value] = [self.read(one) for one in upstream]
        for layer, matrix, mask in reversed(list(zip(layers, matrices, masks, strict=True))):
            if layer.relu:
                delta = [self.read(times(one, slope)) for one, slope in zip(delta, mask, strict=True)]
            met = met or any(isinstance(one, str) for one in delta)
            delta = [self.sum([row[j] for row in matrix], delta, None) for j in range(len(matrix[0]))]
            counts[2] += sum(isinstance(one, str) for one in delta)
        return Result(values, delta, (counts[0], counts[1], counts[2]), dense), met or counts[1] + counts[2] > 0

    def activation(self, z: Value) -> tuple[Value, Value]:
        if z == "nan":
            return "nan", "nan"
        if z == "+" or (isinstance(z, Fraction) and z > 0):
            return z, Fraction(1)
        return Fraction(0), self.read(self.meaning.slope) if z == 0 else Fraction(0)

    def evaluate(self, layers: list[OracleLayer], x: list[Fraction], upstream: list[Fraction]) -> Result:
        result, met = self.once(layers, x, upstream, dense=False)
        if met and any(layer.sparse for layer in layers):
            result, _ = self.once(layers, x, upstream, dense=True)
        return result
