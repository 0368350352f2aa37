"""An activation of a format whose entries are remembered, since a certificate holds them."""

from fpproof.activations import Activation, InFormat
from fpproof.activations.tables import WIDEST, table
from fpproof.formats import NAN, ZERO, Datum, Format
from fpproof.formats.arithmetic import is_nan
from fpproof.networks import TableActivation


class Entries:
    """sigma_F and sigma'_F, correctly rounded: all of them in formats of 16 bits and less, above those that were asked for.

    Both zeros are one number, as in a certificate's tables.
    """

    def __init__(self, F: Format, sigma: Activation) -> None:
        self.name = sigma.name
        self._sigma = InFormat(F, sigma)
        self._known: dict[Datum, tuple[Datum, Datum]] = {}
        if F.width <= WIDEST:
            values, slopes = (column.tolist() for column in table(F, sigma))
            numbers = [x for x in F.data() if not is_nan(x) and (x[0] or x == ZERO)]
            self._known = {x: (F.decode(values[code]), F.decode(slopes[code])) for x, code in zip(numbers, map(F.encode, numbers), strict=True)}

    def _entry(self, z: Datum) -> tuple[Datum, Datum]:
        if is_nan(z):
            return NAN, NAN
        z = z if z[0] else ZERO
        if z not in self._known:
            self._known[z] = self._sigma.value(z), self._sigma.derivative(z)
        return self._known[z]

    def value(self, z: Datum) -> Datum:
        return self._entry(z)[0]

    def derivative(self, z: Datum) -> Datum:
        return self._entry(z)[1]

    def table(self) -> TableActivation:
        """The entries known so far."""
        return TableActivation(self.name, self._known)
