"""Circuits on bit-vectors that several encodings need: shifts that keep what they lose, counting zeros, integer roots."""

from fpproof.encodings.terms import Term, as_bit, bit, concat, constant, equal, extract, ite, less, shift_left, zero_extend


def width_of(largest: int) -> int:
    """Bits that hold 0 to `largest`; at least one, since a bit-vector has a bit."""
    return max(1, largest.bit_length())


def fit(x: Term, width: int) -> Term:
    """x with leading zeros added or leading bits dropped; the caller knows that the dropped ones are zero or do not matter."""
    return zero_extend(x, width) if x.width <= width else extract(x, width - 1, 0)


def pad_right(x: Term, zeros: int) -> Term:
    """x * 2^zeros, wider."""
    return concat(x, constant(0, zeros)) if zeros else x


def is_zero(x: Term) -> Term:
    return equal(x, 0)


def left(x: Term, amount: Term) -> Term:
    """x << amount in the width of x, for amounts of any width."""
    if amount.width <= x.width:
        return shift_left(x, zero_extend(amount, x.width))
    return ite(less(amount, x.width), shift_left(x, extract(amount, x.width - 1, 0)), constant(0, x.width))


def right_jammed(x: Term, amount: Term) -> Term:
    """x >> amount with the last bit set if any bit was lost (rounding to odd): stage by stage, for amounts of any width."""
    for index in range(amount.width):
        step = 1 << index
        if step >= x.width:
            everything = zero_extend(as_bit(~is_zero(x)), x.width)
            return ite(is_zero(extract(amount, amount.width - 1, index)), x, everything)
        lost = as_bit(~is_zero(extract(x, step - 1, 0)))
        shifted = zero_extend(extract(x, x.width - 1, step), x.width)
        x = ite(bit(amount, index), shifted | zero_extend(lost, x.width), x)
    return x


def normalise(x: Term) -> tuple[Term, Term]:
    """x shifted left until its highest bit is set, and the count of leading zeros; for x = 0 the count is width - 1.

    The stages shift by 2^k, ..., 2, 1 where that many leading bits are zero; only for x = 0 they add up to more than width - 1.
    """
    count: list[Term] = []
    shifted = x
    for index in reversed(range(width_of(x.width - 1) if x.width > 1 else 0)):
        step = 1 << index
        clear = is_zero(extract(shifted, x.width - 1, x.width - step))
        shifted = ite(clear, pad_right(extract(shifted, x.width - 1 - step, 0), step), shifted)
        count.append(as_bit(clear))
    if not count:
        return x, constant(0, 1)
    zeros = concat(*count)
    return shifted, ite(is_zero(x), constant(x.width - 1, zeros.width), zeros)


def quotient(x: Term, y: Term, digits: int) -> tuple[Term, Term]:
    """floor(x / y * 2^(digits - 1)) and whether it is inexact, for x < 2 y and y != 0 of one width: long division."""
    rest, divisor = zero_extend(x, x.width + 1), zero_extend(y, y.width + 1)
    found: list[Term] = []
    for _ in range(digits):
        fits = ~less(rest, divisor)  # rest < 2 y, here and after the doubling
        found.append(as_bit(fits))
        rest = pad_right(extract(ite(fits, rest - divisor, rest), x.width - 1, 0), 1)
    return concat(*found), ~is_zero(rest)


def square_root(x: Term) -> tuple[Term, Term]:
    """The integer root of x, half as wide, and whether it is inexact; digit by digit, the width is even."""
    n = x.width // 2
    root, rest = constant(0, n + 2), constant(0, n + 2)
    for index in reversed(range(n)):
        # Invariant: rest = prefix of x - root^2. The next digit is 1 iff 4 root + 1 fits into the rest with two bits more.
        rest = concat(extract(rest, n - 1, 0), extract(x, 2 * index + 1, 2 * index))
        trial = concat(extract(root, n - 1, 0), constant(1, 2))
        fits = ~less(rest, trial)
        rest = ite(fits, rest - trial, rest)
        root = concat(extract(root, n, 0), as_bit(fits))
    return extract(root, n - 1, 0), ~is_zero(rest)
