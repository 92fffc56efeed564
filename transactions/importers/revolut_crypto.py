"""Revolut crypto: the account statement of coins as exported since 2025, as CSV.

``Symbol,Type,Quantity,Price,Value,Fees,Date``. Every money cell names its currency (``€35,761.54``,
``89,162.28 SEK``), and the currency may change from row to row. Value is quantity times price; the
fee comes on top of a purchase and off a sale, as the older layout with its ``Fiat amount (inc. fees)``
shows. Rewards have no price, so their value is unknown. Quantities have no sign: the type tells the
direction. Times are local (the older layout has the same trades in UTC), ``Jun 12, 2018, 4:16:32 PM`` or
``12 Jun 2018, 16:16:32`` by language region. Coins before 2023 are in ``revolut_account``.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.money import CURRENCY_SIGNS, DecimalMark, currency_in, decimal_mark, parse_number
from pricing.readers import (
    Header,
    ImporterError,
    Source,
    has_columns,
    parse_instant,
)
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    Rejected,
    RowError,
    Security,
)
from transactions.importers.picking import Picker
from transactions.importers.revolut_cells import ungrouped
from transactions.kinds import Kind

SAMPLE = 200
MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
NOON = 12

_COLUMNS = ("Symbol", "Type", "Quantity", "Price", "Value", "Fees", "Date")
_KINDS = {
    "BUY": Kind.BUY,
    "SELL": Kind.SELL,
    # Coins spent with the card are sold at their value of that moment.
    "PAYMENT": Kind.SELL,
    "SEND": Kind.TRANSFER_OUT,
    "RECEIVE": Kind.TRANSFER_IN,
    "STAKING REWARD": Kind.STAKING,
    "LEARN REWARD": Kind.AIRDROP,
}
_OTHER = "OTHER"
_IGNORED = {
    "STAKE": "staked coins are still held",
    "UNSTAKE": "coins that come back from staking were held all along",
}
_TRADES = (Kind.BUY, Kind.SELL)
_TRANSFERS = (Kind.TRANSFER_IN, Kind.TRANSFER_OUT)
_DATE = re.compile(
    r"(?:(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})|(?P<day2>\d{1,2}) (?P<month2>[A-Za-z]{3,9})\.?),?"
    r" (?P<year>\d{4}),? (?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
)


class RevolutCrypto(Importer):
    format = "revolut-crypto"
    broker = "Revolut Crypto"
    tracks_cash = False

    def recognises(self, source: Source) -> bool:
        return source.find_header(has_columns(*_COLUMNS)) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(has_columns(*_COLUMNS))
        if header is None:
            raise ImporterError("The header line of a Revolut crypto statement is missing.")
        records = source.records(header)
        sample = list(islice(records, SAMPLE))
        statement = _Statement(header, [cells for _, cells in sample])
        return statement.outcomes(chain(sample, records))


class _Payment(NamedTuple):
    """A payment and what comes back of it are known by coin and quantity alone."""

    symbol: str
    quantity: Decimal


class _Statement:
    """The state of reading one file."""

    def __init__(self, header: Header, sample: list[list[str]]) -> None:
        self.picker = Picker(header, [(name,) for name in _COLUMNS], _COLUMNS)
        rows = [list(cells) for cells in self.picker.samples(sample)]
        self.mark = decimal_mark(text for row in rows for text in row[2:6])
        currencies = Counter(found for row in rows if (found := _currency_of(row)))
        # Rewards name no currency; what they are worth is unknown in any.
        self.home = currencies.most_common(1)[0][0] if currencies else "EUR"
        self.securities: dict[str, Security] = {}
        self.payments: Counter[_Payment] = Counter()
        self.returned: defaultdict[_Payment, list[ParsedTransaction]] = defaultdict(list)
        self.raw: dict[int, str] = {}

    def outcomes(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Outcome]:
        for line, cells in records:
            try:
                outcome = self._outcome(line, list(self.picker.cells(cells)))
            except ValueError as error:
                outcome = Rejected(line, str(error), ",".join(cells))
            if outcome is None:
                self.raw[line] = ",".join(cells)
            else:
                yield outcome
        yield from self._refunds()

    def _outcome(self, line: int, row: list[str]) -> Outcome | None:
        name = row[1].upper()
        if name in _IGNORED:
            return Ignored(line, _IGNORED[name])
        kind = Kind.BUY if name == _OTHER else _KINDS.get(name)
        if kind is None:
            known = ", ".join(text.capitalize() for text in (*_KINDS, *_IGNORED, _OTHER))
            raise RowError(f"the type “{row[1]}” is not known; known are {known}")
        parsed = self._parsed(kind, line, row)
        payment = _Payment(row[0], parsed.quantity or Decimal(0))
        if name == _OTHER:
            self.returned[payment].append(parsed)
            return None
        if name == "PAYMENT":
            self.payments[payment] += 1
        return parsed

    def _parsed(self, kind: Kind, line: int, row: list[str]) -> ParsedTransaction:
        symbol, name, quantity_cell, price_cell, value_cell, fee_cell, date = row
        quantity = parse_number(quantity_cell, self.mark)
        price, price_currency = _money(price_cell, self.mark)
        value, value_currency = _money(value_cell, self.mark)
        fee, fee_currency = _money(fee_cell, self.mark)
        currency = value_currency or price_currency or fee_currency
        if not quantity:
            raise RowError("the quantity is missing")
        if value is None and kind in _TRADES:
            raise RowError("the value is missing")
        if not currency and (value or price or fee):
            raise RowError(f"the currency of “{value_cell or price_cell or fee_cell}” is not known")
        if price_currency not in {"", currency}:
            price = None
        # What coins were worth on the day they moved is not what they once cost.
        amount = None if kind in _TRANSFERS or value is None else value.copy_abs()
        return ParsedTransaction(
            line=line,
            when=_when(date),
            kind=kind,
            currency=currency or self.home,
            amount=amount,
            security=self._security(symbol),
            quantity=quantity.copy_abs(),
            price=price.copy_abs() if price else None,
            fee=fee.copy_abs() if fee else Decimal(0),
            fee_currency=fee_currency if fee and fee_currency != currency else "",
            description=name,
        )

    def _refunds(self) -> Iterator[Outcome]:
        """``Other`` is a card payment taken back where an equal payment is in the file."""
        for payment, found in self.returned.items():
            for parsed in found:
                if self.payments[payment]:
                    self.payments[payment] -= 1
                    yield parsed._replace(description="Other (payment taken back)")
                else:
                    reason = "“Other” without an equal payment: the file does not say what it is"
                    yield Rejected(parsed.line, reason, self.raw[parsed.line])

    def _security(self, symbol: str) -> Security:
        known = self.securities.get(symbol)
        if known is None:
            if not symbol:
                raise RowError("the symbol is missing")
            known = Security(ticker=symbol, asset_type=AssetType.CRYPTO)
            self.securities[symbol] = known
        return known


def _money(text: str, mark: DecimalMark | None) -> tuple[Decimal | None, str]:
    """A cell's amount and currency. Signs before and codes after it are cut off at once, because
    the general way to find them takes as long as the rest of the row."""
    if not text:
        return None, ""
    if text[0] in CURRENCY_SIGNS:
        return parse_number(ungrouped(text[1:]), mark), CURRENCY_SIGNS[text[0]]
    body, code = text[:-3], text[-3:]
    if code.isascii() and code.isalpha() and code.isupper():
        return parse_number(ungrouped(body.strip()), mark), code
    return parse_number(text, mark), currency_in(text)


def _currency_of(row: list[str]) -> str:
    return currency_in(row[4]) or currency_in(row[3]) or currency_in(row[5])


def _when(text: str) -> datetime:
    # Apple's and Java's calendars put narrow spaces before AM and PM.
    found = _DATE.fullmatch(" ".join(text.split()))
    if found is None:
        return parse_instant(text)
    month = MONTHS.get((found["month"] or found["month2"]).lower()[:3], 0)
    hour = int(found["hour"])
    if found["half"]:
        # 12 AM is midnight; there is no 0 PM, nor 14 PM.
        afternoon = NOON if found["half"] in "Pp" else 0
        hour = hour % NOON + afternoon if 1 <= hour <= NOON else -1
    day, minute, second = found["day"] or found["day2"], found["minute"], found["second"]
    try:
        # Naive on purpose: the local time of the account.
        return datetime(  # noqa: DTZ001
            int(found["year"]), month, int(day), hour, int(minute), int(second or 0)
        )
    except ValueError:
        raise RowError(f"“{text}” is not a date") from None
