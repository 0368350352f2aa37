"""The gradient flow of a problem, enclosed: a chain of segments, each proved, with radii that stay below a wanted precision.

The whole chain is repeated with smaller defects until the radii are as small as wanted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gmpy2 import mpq

from fpproof.dynamics.balls import Ball, around, ball, flint, norm, real_balls, upper, working
from fpproof.dynamics.eigenvalues import least_eigenvalue, symmetric
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import Problem
from fpproof.dynamics.segment import Segment, Vector, validate
from fpproof.dynamics.taylor import propose, usual_order

SHORTEST = Fraction(1, 2**60)
START_BITS = 4096
"""With which it is seen whether the loss is defined at the start."""
MOST_STEPS = 100_000
WATCHED = 500
"""Steps between looks at whether a flow is too stiff."""
LARGEST = 2.0**100
"""Size of a parameter at which the flow is given up."""
FINEST = Fraction(1, 10**200)
WORTHWHILE = 1 + Fraction(1, 32)
"""How much farther a flow must get, for smaller defects to be tried once more."""
CUTS = (1, 4, 16)
"""Parts of a step that are tried, for its tube."""


@dataclass(frozen=True)
class State:
    """Everything about the flow at a time, as balls; `radius` bounds the Euclidean distance to the midpoints of the parameters."""

    t: Fraction
    parameters: Vector
    loss: Ball
    norm: Ball
    gradient: Vector
    radius: Ball

    @property
    def gradient_norm(self) -> Ball:
        return norm(self.gradient)


@dataclass(frozen=True)
class Flow:
    """The flow of a problem up to `end`; `reason` says why it ends before what was asked for, if it does."""

    problem: Problem
    segments: tuple[Segment, ...]
    end: Fraction
    bits: int
    reason: str | None = None

    def segment(self, t: Fraction) -> Segment:
        """The segment with t in it, by bisection."""
        if not 0 <= t <= self.end or not self.segments:
            raise DynamicsError(f"the flow is enclosed from t = 0 to {self.end}, not at {t}")
        low, high = 0, len(self.segments) - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if t <= self.segments[middle].end else (middle + 1, high)
        return self.segments[low]

    def at(self, t: Fraction) -> State:
        """Parameters, loss, norm and gradient at a time."""
        with working(self.bits):
            if t == 0:
                center, radius = start_vector(self.problem), flint().arb(0)
            else:
                center, radius = self.segment(t).at(t)
            return _state(self.problem, t, center, radius)

    def smallest_eigenvalue(self, t: Fraction) -> Ball:
        """An enclosure of lambda_min of the Hessian at a time."""
        state = self.at(t)
        with working(self.bits):
            entries = self.problem.hessian.run(real_balls(), state.parameters)
            return least_eigenvalue(symmetric(entries, self.problem.dimension))

    def audit(self, t: Fraction) -> tuple[Ball, Ball]:
        """What S2's dichotomy is about: |theta| |grad f|, which tends to 0 at asymptotic critical values, and |theta - theta_0| / sqrt(t (f_0 -
        f)) <= 1.

        The second is not finite at t = 0 and where the loss has not fallen.
        """
        state, start = self.at(t), self.at(Fraction(0))
        with working(self.bits):
            moved = norm([x - y for x, y in zip(state.parameters, start.parameters, strict=True)])
            return state.norm * state.gradient_norm, moved / (ball(t) * (start.loss - state.loss)).sqrt()

    def over(self, low: Fraction, high: Fraction) -> list[Vector]:
        """Boxes that hold the flow between two times, one a segment."""
        with working(self.bits):
            boxes = []
            for part in self.segments:
                if part.start < high and part.end > low:
                    center, radius = part.over(max(low, part.start), min(high, part.end))
                    boxes.append([around(x, radius) for x in center])
            return boxes

    def pieces(self) -> Iterator[tuple[Segment, Fraction, Fraction]]:
        for part in self.segments:
            for piece in part.pieces:
                yield part, piece.start, piece.end

    def length(self, until: Fraction | None = None) -> Ball:
        """The length of the path up to a time: the integral of |grad f|, piece by piece."""
        until = self.end if until is None else until
        with working(self.bits):
            total = flint().arb(0)
            for part in self.segments:
                if part.start < until:
                    total += _length(self.problem, part, min(until, part.end))
            return total


LENGTH_CUTS = 32


def _length(problem: Problem, part: Segment, until: Fraction) -> Ball:
    """Over each cut, |y'| = |grad f(y)| lies between the least and the greatest value on a box."""
    total = flint().arb(0)
    width = (until - part.start) / LENGTH_CUTS
    for index in range(LENGTH_CUTS):
        low = part.start + index * width
        center, radius = part.over(low, low + width)
        box = [around(x, radius) for x in center]
        total += norm(problem.gradient.run(real_balls(), box)) * ball(width)
    return total


def start_vector(problem: Problem) -> Vector:
    """The start as balls: exact where it is dyadic and short."""
    return [ball(mpq(v.numerator, v.denominator)) for v in problem.start]


def _state(problem: Problem, t: Fraction, center: Vector, radius: Ball) -> State:
    """The ball around the center, and what the loss and its gradient are on it."""
    box = [around(x, radius) for x in center]
    arithmetic = real_balls()
    loss = problem.value.run(arithmetic, box)[0]
    size = norm(center)
    gradient = problem.gradient.run(arithmetic, box)
    return State(t, box, loss, around(size, radius), gradient, upper(norm([flint().arb(x.rad()) for x in center]) + radius))


Progress = Callable[[Fraction, Fraction], None]


def flow(
    problem: Problem,
    until: Fraction,
    precision: Fraction = Fraction(1, 10**9),
    bound: Fraction = Fraction(1),
    times: Sequence[Fraction] = (),
    progress: Progress = lambda done, total: None,
) -> Flow:
    """The flow up to a time, with radii of at most `precision` in the Euclidean norm, if that can be had before radii pass `bound`.

    `times` become ends of segments, where enclosures are narrowest. Errors: a flow that cannot be continued ends early and says why.
    """
    if precision < FINEST or bound <= 0 or until < 0:
        raise DynamicsError("expected a precision of at least 1e-200, a bound above 0, and a time that is not negative")
    _defined_at_the_start(problem)
    digits = _decades(precision)
    allowance = float(precision) / max(1.0, float(until)) / 8
    best: Flow | None = None
    for _ in range(8):
        bits = max(90, 64 + round(3.4 * digits) + round(-3.33 * min(0.0, _log10(allowance))) - round(3.33 * digits))
        with working(bits):
            found = _chain(problem, until, allowance, bound, times, bits, progress)
            worst = max((segment.pieces[-1].at_end for segment in found.segments), key=float, default=flint().arb(0))
            start_radius = upper(norm([flint().arb(x.rad()) for x in start_vector(problem)]))
            excess = float(upper((worst + start_radius) / ball(precision)))
        if (found.reason is None and excess <= 1) or (found.reason is not None and not found.reason.startswith("radius")):
            return found
        if best is not None and best.reason is not None and found.reason is not None and found.end < best.end * WORTHWHILE:
            return found
        best = found
        allowance /= 1e8 if found.reason is not None else max(4.0, min(1e12, 2 * excess))
        if allowance < 1e-280:
            break
    assert best is not None
    return best


def _defined_at_the_start(problem: Problem) -> None:
    """Raises DynamicsError if the loss has no value there: the gradient of log(x) is 1/x also where there is no log(x).

    It has values along the flow then: where it would lose them its gradient, which divides by the same argument, is not finite either.
    """
    with working(START_BITS):
        if not problem.value.run(real_balls(), start_vector(problem))[0].is_finite():
            raise DynamicsError("the loss is not defined at the start", hint="its logarithms, roots and quotients need arguments of their domains")


def _decades(precision: Fraction) -> float:
    return max(0.0, (precision.denominator.bit_length() - precision.numerator.bit_length()) * 0.30103)


def _log10(x: float) -> float:
    import math

    return math.log10(x)


def _chain(
    problem: Problem, until: Fraction, allowance: float, bound: Fraction, times: Sequence[Fraction], bits: int, progress: Progress
) -> Flow:
    """Segments one after the other, each with a defect of about `allowance`."""
    arb = flint().arb
    segments: list[Segment] = []
    t = Fraction(0)
    first = start_vector(problem)
    center = [arb(x.mid()) for x in first]
    radius = upper(norm([arb(x.rad()) for x in first]))
    order = usual_order(allowance)
    goals = sorted({s for s in times if 0 < s < until} | {until})
    limit = ball(bound)

    def stopped(reason: str) -> Flow:
        return Flow(problem, tuple(segments), t, bits, reason)

    while t < until:
        if len(segments) >= MOST_STEPS:
            return stopped(f"{MOST_STEPS} steps were made")
        if needed := _hopeless(segments, until - t):
            return stopped(f"it is stiff here: some {needed:.1e} steps as short as the last ones would be needed")
        goal = next(s for s in goals if s > t)
        step = _segment(problem, center, radius, t, goal - t, order, allowance)
        if isinstance(step, str):
            return stopped(step)
        segment, order = step
        if not segment.pieces[-1].at_end < limit:
            return stopped(f"radius: the enclosure would grow beyond {bound}")
        segments.append(segment)
        t = segment.end
        end, radius = segment.at(t)
        center = [arb(x.mid()) for x in end]
        radius = upper(radius + norm([arb(x.rad()) for x in end]))
        if any(float(abs(x)) > LARGEST for x in center):
            return stopped("the parameters are beyond 2^100")
        progress(t, until)
    return Flow(problem, tuple(segments), t, bits)


def _hopeless(segments: Sequence[Segment], left: Fraction) -> float | None:
    """How many more steps are needed, if far more than are made, and steps do not get longer; now and then."""
    if len(segments) < 2 * WATCHED or len(segments) % WATCHED:
        return None
    before, last = (float(segments[-k].end - segments[-k - WATCHED + 1].start) for k in (WATCHED + 1, 1))
    needed = float(left) / last * WATCHED
    return needed if needed > 100 * MOST_STEPS and last < 1.5 * before else None


def _segment(
    problem: Problem, center: Vector, radius: Ball, t: Fraction, longest: Fraction, order: int, allowance: float
) -> tuple[Segment, int] | str:
    """The next segment and the order for the one after; or a reason why there is none."""
    while longest >= SHORTEST:
        proposal = propose(problem, center, order, allowance, longest)
        if proposal is None or proposal.step < SHORTEST:
            return "the gradient is not seen to be smooth around here (a kink, a pole, or the edge of a domain), or the flow explodes"
        end = t + proposal.step
        for cuts in CUTS:
            proposed = Segment(t, end, t, proposal.coefficients, proposal.disc, proposal.defect, ())
            if (segment := validate(problem, proposed, radius, cuts)) is not None:
                return segment, proposal.wanted_order
        longest = proposal.step / 4
    return "the flow cannot be enclosed even for the shortest step: the curvature around it is unbounded or not defined"
