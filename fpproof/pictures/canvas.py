"""Figures of matplotlib, without a window and with the same bytes every time."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fpproof.errors import FpproofError
from fpproof.paths import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".svg", ".png", ".pdf")


def save(path: Path, width: float, height: float, draw: Callable[["Figure"], None]) -> None:
    """A figure of that many inches, drawn and written whole; raises FpproofError for another suffix, or without matplotlib."""
    if path.suffix not in SUFFIXES:
        raise FpproofError(f"-o: expected a file called .svg, .png or .pdf, found {path.name!r}")
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise FpproofError("pictures need matplotlib", hint="pip install 'fpproof[plots]'") from None
    from io import BytesIO

    stamp = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}[path.suffix]
    with rc_context({"svg.hashsalt": "fpproof", "svg.fonttype": "none"}):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        data = BytesIO()
        figure.savefig(data, format=path.suffix[1:], metadata=stamp)
    write_atomically(path, data.getvalue())
