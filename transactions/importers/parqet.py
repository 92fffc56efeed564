"""Parqet: the activities of a portfolio, as CSV.

Source: the export of the app (``datetime;date;time;price;shares;amount;tax;fee;realizedgains;type;broker;
assettype;identifier;wkn;originalcurrency;currency;…``) and the shorter layout that Parqet itself reads
(``date;price;shares;tax;fee;type;assettype;identifier;currency``).

Quirks: numbers have decimal commas and rows a blank column at their end. ``datetime`` is UTC, ``date`` and
``time`` are local. The amount is before fee and tax; a negative tax was paid back. The identifier is an
ISIN, or the symbol of a coin. Money of an account is of the asset type Cash, and a transfer of it a
deposit or a withdrawal. Trades do not move that money, so there is no cash that adds up. The price of a
transfer in is the purchase price that the owner stated.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice

from pricing.assets import AssetType
from pricing.money import EXACT, ZERO, NumberError, decimal_mark, is_isin, major_unit
from pricing.readers import Header, ImporterError, Source, has_columns, parse_instant
from transactions.importers.base import Importer, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.figures import number, positive, rejected, required, with_refunds
from transactions.importers.picking import Picker
from transactions.kinds import Kind

NEEDED = ("date", "price", "shares", "type", "assettype", "identifier")
COLUMNS = (
    *((name,) for name in NEEDED),
    *((name,) for name in ("datetime", "time", "amount", "tax", "fee", "currency", "holdingname")),
)
NUMBERS = {"price": 1, "shares": 2, "amount": 8, "tax": 9, "fee": 10}
# Cells of this many records decide the decimal mark of a column.
SAMPLE = 200

_KINDS = {
    "buy": Kind.BUY,
    "sell": Kind.SELL,
    "dividend": Kind.DIVIDEND,
    "interest": Kind.INTEREST,
    "transferin": Kind.TRANSFER_IN,
    "transferout": Kind.TRANSFER_OUT,
    "deposit": Kind.DEPOSIT,
    "withdrawal": Kind.WITHDRAWAL,
    "fees": Kind.FEE,
    "fee": Kind.FEE,
    "cost": Kind.FEE,
    "tax": Kind.TAX,
    "taxes": Kind.TAX,
}
_OF_CASH = {Kind.TRANSFER_IN: Kind.DEPOSIT, Kind.TRANSFER_OUT: Kind.WITHDRAWAL}
_UNITS = frozenset({Kind.BUY, Kind.SELL, Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
_ASSET_TYPES = {
    "crypto": AssetType.CRYPTO,
    "cryptocurrency": AssetType.CRYPTO,
    "commodity": AssetType.METAL,
}


class Parqet(Importer):
    format = "parqet"
    broker = "Parqet"
    tracks_cash = False

    def recognises(self, source: Source) -> bool:
        return source.find_header(has_columns(*NEEDED)) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(has_columns(*NEEDED))
        if header is None:
            raise ImporterError(f"The header line with the columns {', '.join(NEEDED)} is missing.")
        records = source.records(header)
        sample = list(islice(records, SAMPLE))
        export = _Export(header, [cells for _, cells in sample])
        return export.outcomes(chain(sample, records))


class _Export:
    def __init__(self, header: Header, sample: list[list[str]]) -> None:
        self.delimiter = header.delimiter
        self.picker = Picker(header, COLUMNS, NEEDED)
        rows = [list(cells) for cells in self.picker.samples(sample)]
        self.marks = {
            name: decimal_mark(cells[at] for cells in rows) for name, at in NUMBERS.items()
        }
        self.security = lru_cache(maxsize=None)(_security)

    def outcomes(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Outcome]:
        for line, cells in records:
            try:
                yield from with_refunds(self._transaction(line, cells))
            except (RowError, NumberError) as error:
                yield rejected(line, error, cells, self.delimiter)

    def _transaction(self, line: int, record: list[str]) -> ParsedTransaction:
        cells = self.picker.cells(record)
        day, price_text, shares_text, stated, asset, identifier, instant, clock, *money = cells
        amount_text, tax_text, fee_text, currency, name = money
        kind = _KINDS.get(stated.casefold())
        if kind is None:
            raise RowError(f"the type “{stated}” is not known; known are {', '.join(_KINDS)}")
        of_cash = asset.casefold() == "cash"
        if of_cash:
            kind = _OF_CASH.get(kind, kind)
        currency, factor = _currency(currency)
        marks = self.marks
        moves_units = kind in _UNITS
        quantity = positive(shares_text, "shares", marks["shares"]) if moves_units else None
        price = number(price_text, marks["price"])
        amount = number(amount_text, marks["amount"])
        if amount is None:
            shares = number(shares_text, marks["shares"])
            amount = EXACT.multiply(required(price_text, "price", marks["price"]), shares or ZERO)
        tax = number(tax_text, marks["tax"]) or ZERO
        fee = number(fee_text, marks["fee"]) or ZERO
        if factor != 1:
            amount, tax, fee = (EXACT.multiply(value, factor) for value in (amount, tax, fee))
            price = None if price is None else EXACT.multiply(price, factor)
        when, has_time = _moment(instant, day, clock)
        security = None if of_cash else self.security(identifier, name, asset.casefold())
        if moves_units and security is None:
            raise RowError("the identifier is empty")
        return ParsedTransaction(
            line=line,
            when=when,
            kind=kind,
            currency=currency,
            amount=_direction(kind, amount, fee, tax),
            security=security,
            quantity=quantity,
            price=price if moves_units else None,
            tax=ZERO if kind is Kind.TAX else tax,
            fee=ZERO if kind is Kind.FEE else fee,
            has_time=has_time,
        )


def _direction(kind: Kind, amount: Decimal, fee: Decimal, tax: Decimal) -> Decimal | None:
    """The gross amount; a dividend or interest may be taken back, all else has the sign of its type."""
    if kind in {Kind.DIVIDEND, Kind.INTEREST}:
        return amount
    if kind is Kind.TRANSFER_OUT:
        return None
    if kind is Kind.TRANSFER_IN:
        return abs(amount) or None
    if kind is Kind.FEE:
        return amount or fee
    if kind is Kind.TAX:
        return amount or tax
    return abs(amount)


@lru_cache(maxsize=256)
def _currency(text: str) -> tuple[str, Decimal]:
    currency, factor = major_unit(text or "EUR")
    if not (currency.isascii() and currency.isalpha() and len(currency) == 3):
        raise RowError(f"“{text}” is not a currency")
    return currency.upper(), factor


@lru_cache(maxsize=4096)
def _moment(instant: str, day: str, clock: str) -> tuple[datetime, bool]:
    try:
        if instant:
            return parse_instant(instant), True
        when = parse_instant(
            f"{day} {clock}".strip(), "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y"
        )
    except ValueError as error:
        raise RowError(str(error)) from None
    return when, bool(clock) or "T" in day


def _security(identifier: str, name: str, asset: str) -> Security | None:
    if not identifier:
        return None
    isin = identifier if is_isin(identifier) else ""
    asset_type = _ASSET_TYPES.get(asset, AssetType.OTHER)
    return Security("" if isin else identifier, isin, name, asset_type)
