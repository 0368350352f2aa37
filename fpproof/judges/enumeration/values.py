"""How generated code names a number: one binary64 number, or a pair with an error bound. Texts are Python expressions without side effects."""

from dataclasses import dataclass

from fpproof.judges.enumeration.shapes import Shape


@dataclass(frozen=True, slots=True)
class Single:
    """A number that is one binary64 number; if `doubt` is true, it is not known. Without doubt, it always is."""

    text: str
    shape: Shape
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """hi + lo up to err; without err, exactly. `sharp`: unless err is infinite, lo has the sign of the number's distance to hi."""

    hi: str
    lo: str
    err: str | None
    shape: Shape
    sharp: bool = False

    @property
    def parts(self) -> str:
        """The arguments of a function of pairs."""
        return f"{self.hi}, {self.lo}, {self.err or '0.0'}"

    @property
    def centre(self) -> str:
        return f"{self.hi}, {self.lo}"


@dataclass(frozen=True, slots=True)
class Condition:
    """True or false, unless `doubt` is true."""

    text: str
    doubt: str | None = None


Value = Single | Pair | Condition


def pair(x: Single | Pair) -> Pair:
    if isinstance(x, Pair):
        return x
    return Pair(x.text, "0.0", None if x.doubt is None else f"bound_of({x.doubt}, 0.0)", x.shape)


def either(*doubts: str | None) -> str | None:
    """Whether one of several doubts is there."""
    found = [d for d in dict.fromkeys(doubts) if d is not None]
    return f"({' | '.join(found)})" if len(found) > 1 else (found[0] if found else None)
