"""Rows of files as the pipeline sees them, and files in our own format, for tests of the core."""

import io
from csv import DictWriter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from pricing.money import ZERO
from transactions.files import Choices, import_path
from transactions.importers.generic_csv import COLUMNS
from transactions.ingest import no_progress
from transactions.kinds import Kind
from transactions.matching import Row, Stored


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def number(text):
    return None if text is None else Decimal(text)


def row(when, kind, quantity=None, ticker=None, amount=None, **fields):
    """``row("2024-01-05T10:00", "BUY", "10", "AAA", "50")``, the rest by the names of Row."""
    at = instant(when)
    values = {
        "at": at,
        "day": at.date(),
        "kind": Kind(kind),
        "ticker": ticker,
        "quantity": number(quantity),
        "price": None,
        "amount": number(amount),
        "currency": "EUR",
        "fee": ZERO,
        "fee_currency": "",
        "tax": ZERO,
        "fx_rate": None,
        "has_time": True,
        "external_id": "",
        "group": "",
        "description": "",
        "line": 0,
        "merged_lines": (),
        "sequence": 0,
    }
    return Row(**{**values, **fields})


def stored(when, kind, quantity=None, ticker=None, amount=None, **fields):
    values = {
        "at": instant(when),
        "kind": kind,
        "ticker": ticker,
        "quantity": number(quantity),
        "price": None,
        "amount": number(amount),
        "currency": "EUR",
        "external_id": "",
        "occurrence": 1,
        "line": None,
        "file": "",
    }
    return Stored(**{**values, **fields})


NO_FIELDS = MappingProxyType({})


def as_row(line, fields=NO_FIELDS):
    """``"2024-01-05 BUY 10 AAA = 50"`` as a row of our own CSV, see tests.factories.ledger."""
    when, kind, amount, *rest = line.split()
    ticker, mark, figure = (*rest, None, None, None)[:3]
    row = {"date": when, "type": kind, "currency": "EUR", "ticker": ticker or ""}
    row |= {"quantity": amount} if ticker else {"amount": amount}
    if figure:
        row["price" if mark == "@" else "amount"] = figure
    elif ticker and kind in {"BUY", "SELL"}:
        row["amount"] = "unknown"
    if not ticker and amount == "-":
        row["amount"] = ""
    return {**row, **fields}


def csv_text(*rows):
    """A file in our own format; a row is a line for ``as_row`` or a dict of columns."""
    text = io.StringIO()
    writer = DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(as_row(one) if isinstance(one, str) else one for one in rows)
    return text.getvalue()


class Files:
    """A folder of files to import for one user."""

    def __init__(self, folder: Path, owner):
        self.folder = folder
        self.owner = owner
        self.written = 0

    def write(self, *rows, name=None, data=None):
        self.written += 1
        path = self.folder / (name or f"file-{self.written}.csv")
        path.write_bytes(csv_text(*rows).encode() if data is None else data)
        return path

    def take(self, *rows, data=None, **choices):
        """Import rows through the code of the command; the outcome, or an assertion."""
        path = self.write(*rows, data=data)
        (outcome,) = import_path(self.owner, path, Choices(**choices), no_progress)
        return outcome

    def one(self, *rows, **choices):
        outcome = self.take(*rows, **choices)
        assert not outcome.error, outcome.error
        (result,) = outcome.results
        return result
