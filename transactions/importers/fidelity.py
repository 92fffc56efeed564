"""Fidelity (US): the history of one account or of all as CSV.

Blank lines, ``Run Date,[Account,Account Number,]Action,Symbol,Description,Type,…,Price ($),Quantity,
Commission ($),Fees ($),Accrued Interest ($),Amount ($),[Cash Balance ($),]Settlement Date`` in several
orders, and legal text below. Newest first, only the day is known. Several accounts are portfolios.

Quirks: the action is free text that begins with what happened. The amount is the cash with all charges
in it. Options are counted in contracts of 100 and have a minus before their symbol. Cash is kept in a
fund of the money market (the core account), whose purchases and sales move nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.money import EXACT, ZERO
from pricing.readers import Header, Source, parse_instant
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.exchanges import exchanged
from transactions.importers.fidelity_words import MEANINGS, Act, meaning_of
from transactions.importers.figures import number, unit_price
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter, has_several
from transactions.kinds import CASH_SIGN, Kind

_DAY = re.compile(r"\s*\d{1,2}/\d{1,2}/\d{4}\s*")
_OPTION = re.compile(r"-?([A-Z.]+\d{6}[CP]\d+(?:\.\d+)?)")
_CONTRACT = Decimal(100)
# Older files have the name and the number in one column.
_ACCOUNT = ("Account Number", "Account")
# Fidelity marks the fund of the core account with two stars, but not everywhere.
_CORE_MARK = "**"
_CORE_FUNDS = frozenset({"SPAXX", "FDRXX", "FZFXX", "FCASH", "CORE", "QPRMQ"})
_SENTENCE_WORDS = 3


class _Row(NamedTuple):
    date: str
    account: str
    action: str
    symbol: str
    name: str
    quantity: str
    currency: str
    commission: str
    fees: str
    accrued: str
    amount: str


class _Event(NamedTuple):
    """A row with its figures: quantity and amount are signed, charges are positive when paid."""

    line: int
    row: _Row
    when: datetime
    quantity: Decimal
    amount: Decimal | None
    fee: Decimal
    accrued: Decimal


class _History(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        self.securities: dict[tuple[str, str], Security] = {}
        self.moves: list[ParsedTransaction] = []
        self.has_several = has_several(source, header, *_ACCOUNT)

    def aside(self, record: Sequence[str]) -> str:
        first, *others = record
        if _DAY.fullmatch(first) or len(first.split()) < _SENTENCE_WORDS:
            return ""
        return "" if any(map(_DAY.fullmatch, others)) else "text below the table"

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        row = _Row._make(cells)
        meaning = meaning_of(row.action)
        if meaning is None:
            known = ", ".join(sorted(MEANINGS))
            raise RowError(f"the action “{row.action[:80]}” is not known; known are {known}")
        charges = [(number(text) or ZERO).copy_abs() for text in (row.commission, row.fees)]
        event = _Event(
            line,
            row,
            parse_instant(row.date, "%m/%d/%Y"),
            number(row.quantity) or ZERO,
            number(row.amount),
            EXACT.add(*charges),
            (number(row.accrued) or ZERO).copy_abs(),
        )
        if meaning is Act.CORE or (meaning is Act.TRADE and _is_core(row.symbol)):
            return [Ignored(line, "a move between cash and the fund that keeps it")]
        return self._outcomes(event, meaning)

    def _outcomes(self, event: _Event, meaning: Act | Kind) -> Iterable[Outcome]:
        if isinstance(meaning, Kind):
            return [self._paid(event, meaning)]
        if meaning is Act.TRADE:
            return self._traded(event)
        if meaning is Act.CASH:
            return self._moved(event)
        if meaning is Act.ENDED:
            return [self._ended(event)]
        if meaning is Act.ADDED and "SPINOFF" not in event.row.action.upper():
            return [self._of_units(event, Kind.SPLIT, _units(event))]
        return self._exchanged(event)

    def security(self, row: _Row) -> Security:
        symbol = row.symbol.removesuffix(_CORE_MARK)
        if not symbol:
            raise RowError("the column “Symbol” is empty")
        key = (symbol, row.name)
        if key not in self.securities:
            option = _OPTION.fullmatch(symbol)
            self.securities[key] = Security(
                option[1] if option else symbol,
                "",
                row.name,
                AssetType.OPTION if option else AssetType.OTHER,
                row.currency,
            )
        return self.securities[key]

    def _traded(self, event: _Event) -> Iterator[Outcome]:
        quantity, amount = _units(event).copy_abs(), _money(event)
        # Some files leave out the minus of what was sold.
        kind = Kind.BUY if (amount or event.quantity.copy_negate()) < 0 else Kind.SELL
        accrued = event.accrued if kind is Kind.BUY else event.accrued.copy_negate()
        # Charges and accrued interest are off the cash, whichever way it went.
        gross = EXACT.add(EXACT.add(amount, event.fee), accrued) * CASH_SIGN[kind]
        found = self._of_units(event, kind, quantity)
        yield found._replace(amount=gross, price=unit_price(gross, quantity), fee=event.fee)
        if accrued:
            paid = self._parsed(event, Kind.INTEREST, accrued.copy_negate())
            yield paid._replace(security=found.security)

    def _paid(self, event: _Event, kind: Kind) -> ParsedTransaction:
        found = self._parsed(event, kind, _money(event) * CASH_SIGN[kind])
        has_security = event.row.symbol and kind is not Kind.FEE
        return found._replace(security=self.security(event.row)) if has_security else found

    def _moved(self, event: _Event) -> Iterable[Outcome]:
        """Money in or out; units that came from or went to another account have no amount."""
        if event.quantity and event.row.symbol and not _is_core(event.row.symbol):
            kind = Kind.TRANSFER_IN if event.quantity > 0 else Kind.TRANSFER_OUT
            return [self._of_units(event, kind, _units(event).copy_abs())]
        amount = _money(event)
        if not amount:
            return [Ignored(event.line, "a booking of 0.00")]
        kind = Kind.DEPOSIT if amount > 0 else Kind.WITHDRAWAL
        return [self._parsed(event, kind, amount * CASH_SIGN[kind])]

    def _ended(self, event: _Event) -> ParsedTransaction:
        """An option is gone at 0; the shares that it was exercised for have rows of their own."""
        kind = Kind.BUY if event.quantity > 0 else Kind.SELL
        found = self._of_units(event, kind, _units(event).copy_abs())
        return found._replace(amount=ZERO, price=ZERO)

    def _exchanged(self, event: _Event) -> Iterable[Outcome]:
        if not event.quantity:
            return [self._paid(event, Kind.RETURN_OF_CAPITAL)]
        if event.amount:
            # Bought out: the units go for money.
            return self._traded(event)
        kind = Kind.TRANSFER_IN if event.quantity > 0 else Kind.TRANSFER_OUT
        self.moves.append(self._of_units(event, kind, _units(event).copy_abs()))
        return ()

    def rest(self) -> Iterator[Outcome]:
        return exchanged(self.moves)

    def _of_units(self, event: _Event, kind: Kind, quantity: Decimal) -> ParsedTransaction:
        found = self._parsed(event, kind, None)
        return found._replace(security=self.security(event.row), quantity=quantity)

    def _parsed(self, event: _Event, kind: Kind, amount: Decimal | None) -> ParsedTransaction:
        row = event.row
        return ParsedTransaction(
            event.line,
            event.when,
            kind,
            row.currency or "USD",
            amount,
            has_time=False,
            description=row.action,
            portfolio=row.account if self.has_several else "",
        )


def _is_core(symbol: str) -> bool:
    return symbol.endswith(_CORE_MARK) or symbol in _CORE_FUNDS


def _units(event: _Event) -> Decimal:
    """Signed; shares rather than contracts."""
    if not event.quantity:
        raise RowError("the column “Quantity” is empty or zero")
    is_option = _OPTION.fullmatch(event.row.symbol)
    return EXACT.multiply(event.quantity, _CONTRACT) if is_option else event.quantity


def _money(event: _Event) -> Decimal:
    if event.amount is None:
        raise RowError("the column “Amount” is empty")
    return event.amount


class Fidelity(TableImporter):
    format = "fidelity"
    broker = "Fidelity"
    tracks_cash = True
    columns = (
        ("Run Date", "Date"),
        _ACCOUNT,
        ("Action",),
        ("Symbol",),
        ("Security Description", "Description"),
        ("Quantity",),
        ("Currency",),
        ("Commission", "Commission ($)"),
        ("Fees", "Fees ($)"),
        ("Accrued Interest", "Accrued Interest ($)"),
        ("Amount", "Amount ($)"),
    )
    required = (
        "Run Date",
        "Action",
        "Symbol",
        "Quantity",
        "Commission",
        "Accrued Interest",
        "Amount",
    )
    rows = _History

    def account_currency(self, source: Source) -> str:
        return "USD"
