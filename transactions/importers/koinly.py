"""Koinly: the list of transactions of a crypto tax account, as CSV.

Three layouts, matched by column names in any order:

* newer: ``Date (UTC),Type,Tag,From Amount,From Currency,To Amount,To Currency,Fee Amount,Fee Currency,
  Net Value (read-only),Value Currency (read-only),TxHash,Description`` and more read-only columns;
* older: ``Date,Type,In Amount,In Currency,Out Amount,Out Currency,…,Net Value(USD),Label,…``;
* tax report: ``Sent Amount,Sent Currency,Received Amount,Received Currency,…,Net Value (EUR),…``.

Currency cells may end in Koinly's own id (``BTC;1``). All times are UTC. What a row means follows from the
sides that are filled, from the type, and for one-sided rows from the tag, which says more than the type.
The net value is the worth of the row in the customer's currency, sometimes negative; Koinly writes 0
where it knows no price, so a 0 is unknown unless the file says that no rates are missing.

Decisions: coins against coins are a SELL and a BUY of one group, both at the net value; with the tag
``swap``, which Koinly reserves for migrations free of tax, they are a transfer that carries the cost. The
fee is always paid on top of the amounts: money goes into the fee of the trade, coins make a FEE in
kind of their own. A transfer between own wallets changes nothing but that. Untagged deposits and
withdrawals of coins, gifts and losses are transfers: cost unknown, no proceeds.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.currencies import is_money
from pricing.money import EXACT, LARGEST, ZERO, decimal_mark, parse_number, to_quantity
from pricing.readers import (
    Header,
    ImporterError,
    Source,
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
from transactions.importers.koinly_words import (
    BOUGHT,
    COLUMNS,
    DEPOSIT,
    EXPENSES,
    FEE_VALUE,
    INCOME,
    LAYOUTS,
    NET_VALUE,
    PLAIN_IN,
    PLAIN_OUT,
    POOL,
    REQUIRED,
    SOLD,
    TRADE,
    TYPES,
    VALUE_IN,
    WITHDRAWAL,
    Cells,
)
from transactions.importers.picking import Picker
from transactions.kinds import Kind

SAMPLE = 200
ID_LENGTH = 100


class Koinly(Importer):
    format = "koinly"
    broker = "Koinly"
    # Money moves at the exchanges and banks, and Koinly has only what was entered of it.
    tracks_cash = False

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_koinly) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_koinly)
        if header is None:
            raise ImporterError("The header line of a Koinly export is missing.")
        records = source.records(header)
        sample = list(islice(records, SAMPLE))
        export = _Export(header, [cells for _, cells in sample])
        return export.outcomes(chain(sample, records))


def _is_koinly(cells: list[str]) -> bool:
    return any(matches(cells) for matches in LAYOUTS)


class _Leg(NamedTuple):
    """One side of a row, or its fee: an amount of a currency or coin."""

    amount: Decimal
    currency: str
    is_money: bool


class _Row(NamedTuple):
    line: int
    when: datetime
    type: str
    tag: str
    out: _Leg | None
    into: _Leg | None
    fee: _Leg | None
    value: Decimal | None
    fee_value: Decimal | None
    currency: str
    external_id: str
    description: str

    @property
    def label(self) -> str:
        """What the row is about: its tag, or without one its type."""
        return self.tag or self.type


class _Export:
    """The state of reading one file."""

    def __init__(self, header: Header, sample: list[list[str]]) -> None:
        columns = list(COLUMNS)
        self.value_currency = ""
        for name in header.cells:
            found = VALUE_IN.fullmatch(name)
            if found:
                which = FEE_VALUE if found[1].lower() == "fee" else NET_VALUE
                columns[which] = (name,)
                self.value_currency = found[2].upper()
        self.picker = Picker(header, columns, REQUIRED)
        rows = [Cells._make(cells) for cells in self.picker.samples(sample)]
        self.mark = decimal_mark(
            text for row in rows for text in (row.out, row.into, row.fee, row.value)
        )
        self.home = self.value_currency or _home_currency(rows)
        self.securities: dict[str, Security] = {}

    def outcomes(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Outcome]:
        for line, cells in records:
            try:
                yield from self._outcomes(line, cells)
            except ValueError as error:
                yield Rejected(line, str(error), ",".join(cells))

    def _outcomes(self, line: int, record: list[str]) -> list[Outcome]:
        cells = Cells._make(self.picker.cells(record))
        if cells.deleted and cells.deleted.lower() in {"true", "1", "yes"}:
            return [Ignored(line, "the row is marked as deleted in Koinly")]
        row = self._row(line, cells)
        if row.tag == "ignored":
            return [Ignored(line, "the row is tagged as ignored in Koinly")]
        found, rule = self._legs(row)
        if row.fee:
            self._charge_fee(row, row.fee, found)
        return [*found] or [Ignored(line, rule)]

    def _row(self, line: int, cells: Cells) -> _Row:
        kind = _key(cells.type)
        value, currency = self._value(cells)
        # Some coins have the letters of a currency; the type then tells.
        coins = kind.startswith("crypto")
        return _Row(
            line,
            _when(cells.date),
            kind,
            _key(cells.tag),
            self._leg(cells.out, cells.out_currency, coins),
            self._leg(cells.into, cells.into_currency, coins),
            self._leg(cells.fee, cells.fee_currency, False),
            value,
            self._number(cells.fee_value),
            currency,
            # A hash may stand in several rows; Koinly's own id never does.
            (cells.id or cells.hash)[:ID_LENGTH],
            cells.description,
        )

    def _number(self, text: str) -> Decimal | None:
        """The size of a number; None for nothing and for zero."""
        number = parse_number(text, self.mark) if text else None
        return number.copy_abs() if number else None

    def _leg(self, amount_cell: str, currency_cell: str, coins: bool) -> _Leg | None:
        amount = self._number(amount_cell)
        if amount is None:
            return None
        currency = _symbol(currency_cell)
        if not currency:
            raise RowError(f"the currency of the amount {amount_cell} is missing")
        return _Leg(amount, currency, not coins and is_money(currency))

    def _value(self, cells: Cells) -> tuple[Decimal | None, str]:
        value = self._number(cells.value)
        if value is None:
            worth = self._number(cells.worth)
            if worth is not None:
                return worth, _symbol(cells.worth_currency) or self.home
            if cells.value and cells.missing_rates.lower() in {"false", "0", "no"}:
                value = ZERO
        return value, self.value_currency or _symbol(cells.value_currency) or self.home

    def _legs(self, row: _Row) -> tuple[list[ParsedTransaction], str]:
        """The transactions of both sides, or none and the rule that says why."""
        if row.out and row.into:
            if row.type == "transfer" or row.out.currency == row.into.currency:
                return self._own_transfer(row, row.out, row.into)
            if row.type not in TRADE | DEPOSIT | WITHDRAWAL:
                raise _unknown_type(row)
            return self._trade(row, row.out, row.into), ""
        if row.tag in POOL:
            return [], "coins in a pool are still held"
        if row.into:
            return [self._incoming(row, row.into)], ""
        if row.out:
            return [self._outgoing(row, row.out)], ""
        if row.fee is None or row.label not in EXPENSES:
            raise RowError("neither the sent nor the received amount is there")
        return [], ""

    def _own_transfer(
        self, row: _Row, out: _Leg, into: _Leg
    ) -> tuple[list[ParsedTransaction], str]:
        if out.currency != into.currency:
            raise RowError(f"a transfer cannot turn {out.currency} into {into.currency}")
        lost = EXACT.subtract(out.amount, into.amount)
        fee = row.fee.amount if row.fee and row.fee.currency == out.currency else ZERO
        # What arrived less than was sent is a fee; as a rule the fee column repeats it.
        if lost > 0 and lost != fee:
            return [self._charge(row, out._replace(amount=lost), None)], ""
        return [], "transfer between own wallets"

    def _trade(self, row: _Row, out: _Leg, into: _Leg) -> list[ParsedTransaction]:
        group = f"swap-{row.line}"
        if out.is_money and into.is_money:
            return [
                self._cash(row, Kind.TRANSFER_OUT, out)._replace(group=group),
                self._cash(row, Kind.TRANSFER_IN, into)._replace(group=group),
            ]
        if out.is_money:
            return [self._units(row, Kind.BUY, into, out.amount, out.currency)]
        if into.is_money:
            return [self._units(row, Kind.SELL, out, into.amount, into.currency)]
        kinds, value = (Kind.SELL, Kind.BUY), row.value
        if row.tag == "swap":
            kinds, value = (Kind.TRANSFER_OUT, Kind.TRANSFER_IN), None
        return [
            self._units(row, kind, leg, value, row.currency)._replace(group=group)
            for kind, leg in zip(kinds, (out, into), strict=True)
        ]

    def _incoming(self, row: _Row, leg: _Leg) -> ParsedTransaction:
        income = INCOME.get(row.label) or INCOME.get(row.type)
        if leg.is_money:
            if income:
                return self._cash(row, Kind.INTEREST, leg)
            _known(row, DEPOSIT | PLAIN_IN)
            return self._cash(row, Kind.DEPOSIT, leg)
        if income:
            return self._units(row, income, leg, row.value, row.currency)
        if row.type in BOUGHT:
            return self._units(row, Kind.BUY, leg, row.value, row.currency)
        _known(row, DEPOSIT | PLAIN_IN)
        return self._moved(row, Kind.TRANSFER_IN, leg)

    def _outgoing(self, row: _Row, leg: _Leg) -> ParsedTransaction:
        if row.label in EXPENSES or row.type in EXPENSES:
            if leg.is_money and row.label == "tax":
                return self._cash(row, Kind.TAX, leg)
            return self._charge(row, leg, row.value)
        if not leg.is_money and row.type in SOLD:
            return self._units(row, Kind.SELL, leg, row.value, row.currency)
        _known(row, WITHDRAWAL | PLAIN_OUT)
        if leg.is_money:
            return self._cash(row, Kind.WITHDRAWAL, leg)
        return self._moved(row, Kind.TRANSFER_OUT, leg)

    def _charge_fee(self, row: _Row, fee: _Leg, found: list[ParsedTransaction]) -> None:
        """The fee: into the trade when it is money, a disposal of its own when it is coins."""
        if fee.is_money and found and found[0].kind is not Kind.FEE:
            first = found[0]
            other = fee.currency if fee.currency != first.currency else ""
            found[0] = first._replace(fee=fee.amount, fee_currency=other)
        else:
            found.append(self._charge(row, fee, row.fee_value))

    def _charge(self, row: _Row, leg: _Leg, value: Decimal | None) -> ParsedTransaction:
        if leg.is_money:
            return self._cash(row, Kind.FEE, leg)
        return self._units(row, Kind.FEE, leg, value, row.currency)

    def _moved(self, row: _Row, kind: Kind, leg: _Leg) -> ParsedTransaction:
        """Coins that come or go: the value of the day is a price, and no cost or proceeds."""
        price = EXACT.divide(row.value or ZERO, leg.amount)
        known = to_quantity(price) if ZERO < price < LARGEST else None
        return self._units(row, kind, leg, None, row.currency)._replace(price=known)

    def _units(
        self, row: _Row, kind: Kind, leg: _Leg, amount: Decimal | None, currency: str
    ) -> ParsedTransaction:
        security = self.securities.get(leg.currency)
        if security is None:
            security = Security(ticker=leg.currency, asset_type=AssetType.CRYPTO)
            self.securities[leg.currency] = security
        return ParsedTransaction(
            row.line,
            row.when,
            kind,
            currency,
            amount,
            security,
            leg.amount,
            external_id=row.external_id,
            description=row.description or row.label,
        )

    def _cash(self, row: _Row, kind: Kind, leg: _Leg) -> ParsedTransaction:
        return ParsedTransaction(
            line=row.line,
            when=row.when,
            kind=kind,
            currency=leg.currency,
            amount=leg.amount,
            external_id=row.external_id,
            description=row.description or row.label,
        )


def _home_currency(rows: list[Cells]) -> str:
    """The currency for rows that state no value: that of the rows that do, else money there."""
    values = Counter(_symbol(row.value_currency) for row in rows)
    sides = Counter(
        _symbol(text)
        for row in rows
        for text in (row.out_currency, row.into_currency, row.fee_currency)
    )
    for found in (values, sides):
        money = [symbol for symbol, _ in found.most_common() if is_money(symbol)]
        if money:
            return money[0]
    return "EUR"


@lru_cache(maxsize=1024)
def _key(text: str) -> str:
    return "_".join(text.lower().replace("-", " ").split())


@lru_cache(maxsize=4096)
def _symbol(text: str) -> str:
    return text.split(";", 1)[0].strip()


def _when(text: str) -> datetime:
    when = parse_instant(text.removesuffix("UTC").strip(), "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _known(row: _Row, labels: frozenset[str]) -> None:
    if row.tag and row.tag not in labels:
        raise RowError(f"the tag “{row.tag}” is not known for a {row.type}")
    if row.type not in labels:
        raise _unknown_type(row)


def _unknown_type(row: _Row) -> RowError:
    return RowError(f"the type “{row.type}” is not known here; known are {', '.join(TYPES)}")
