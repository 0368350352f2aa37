"""The ledger: what was decided, under the hash of all it depends on, with the evidence."""

from fpproof.ledger.database import Ledger, ledger_path
from fpproof.ledger.exchange import committed, read_lines, write_lines
from fpproof.ledger.record import DECIDED, LedgerError, Record, Subject

__all__ = ["DECIDED", "Ledger", "LedgerError", "Record", "Subject", "committed", "ledger_path", "read_lines", "write_lines"]
