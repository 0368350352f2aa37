"""Correctly rounded activations in a network: `fpproof.activations`, with a memory of the entries that were met."""

from collections.abc import Iterable

from fpproof.activations import activation, derivative, value
from fpproof.activations.tables import WIDEST, table
from fpproof.formats import NAN, ZERO, Datum, Format
from fpproof.formats.arithmetic import is_nan

FEW = 256
"""Entries up to which they are rounded one by one; a whole table of a 16-bit format is faster for more."""


class CorrectlyRounded:
    """An activation in a format, correctly rounded, that remembers the entries it was asked for."""

    def __init__(self, F: Format, name: str) -> None:
        self._format, self._sigma = F, activation(name)
        self.entries: dict[Datum, tuple[Datum, Datum]] = {}

    def _entry(self, z: Datum) -> tuple[Datum, Datum]:
        if is_nan(z):
            return NAN, NAN
        key = ZERO if z[0] == 0 else z
        if key not in self.entries:
            self.entries[key] = value(self._format, self._sigma, key), derivative(self._format, self._sigma, key)
        return self.entries[key]

    def value(self, z: Datum) -> Datum:
        return self._entry(z)[0]

    def derivative(self, z: Datum) -> Datum:
        return self._entry(z)[1]

    def meet(self, numbers: Iterable[Datum]) -> None:
        """Asks for all of them at once."""
        missing = {ZERO if z[0] == 0 else z for z in numbers if not is_nan(z)} - self.entries.keys()
        if len(missing) > FEW and self._format.width <= WIDEST:
            F, columns = self._format, table(self._format, self._sigma)
            for z in missing:
                code = F.encode(z)
                self.entries[z] = F.decode(int(columns[0][code])), F.decode(int(columns[1][code]))
        else:
            for z in missing:
                self._entry(z)
