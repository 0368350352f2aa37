"""An activation of a format whose entries are remembered, since a certificate holds them."""

from fpproof.activations import Activation, InFormat
from fpproof.activations.tables import table
from fpproof.formats import NAN, NEGATIVE_ZERO, ZERO, Datum, Format
from fpproof.formats.arithmetic import is_nan
from fpproof.networks import TableActivation


class Entries:
    """sigma_F and sigma'_F, correctly rounded, as they are asked for. Both zeros are one number, as in a certificate's tables."""

    def __init__(self, F: Format, sigma: Activation) -> None:
        self.name = sigma.name
        self._sigma = InFormat(F, sigma)
        self._known: dict[Datum, tuple[Datum, Datum]] = {}

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

    def whole_table(self) -> TableActivation:
        """All entries; raises ActivationError for a format of more than 16 bits."""
        F = self._sigma.format
        values, slopes = (column.tolist() for column in table(F, self._sigma.activation))
        codes = [F.encode(x) for x in F.data() if not is_nan(x) and x != NEGATIVE_ZERO]
        return TableActivation(self.name, {F.decode(code): (F.decode(values[code]), F.decode(slopes[code])) for code in codes})
