"""Revolut account statements, as CSV: money, metals, and coins before 2023.

``Type,Product,Started Date,Completed Date,Description,Amount,[Fiat amount,Fiat amount (inc. fees),]Fee,
Currency,[Base currency,]State,Balance``, in varying order. One layout serves three kinds of accounts, and
a file may mix them, so each row is read by what its currency is. The files differ in what they leave
unsaid, hence three formats:

* ``revolut-crypto-statement`` has the fiat columns: the value of each row in the base currency. The value
  with fees is the money that moved; the fee is the difference.
* ``revolut-metals`` has rows in XAU, XAG, XPT or XPD (troy ounces). The money side is not in the file: cost
  and proceeds stay unknown until the user states them. Started from the balance, every row moves
  amount minus fee, the fee being in metal too.
* ``revolut-account`` has money only. An exchange into metal, coins or another currency shows as one
  leg of a transfer of cash; the other leg is in the other account's file, with the same second.

Only rows with the state COMPLETED happened. Times are UTC: the same trades in the newer layout of
``revolut_crypto`` show local time, an hour or two later. Types are ``EXCHANGE`` or ``Exchange``,
``CARD_PAYMENT`` or ``Card Payment`` by generation. Other languages are in ``revolut_words``.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import ClassVar, NamedTuple

from pricing.assets import AssetType
from pricing.currencies import METALS, is_money
from pricing.money import EXACT, ZERO, decimal_mark, parse_number
from pricing.readers import (
    HEAD_BYTES,
    Header,
    ImporterError,
    Source,
    cell,
    has_columns,
    parse_instant,
)
from transactions.importers import revolut_words as words
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    Rejected,
    RowError,
    Security,
    Stated,
)
from transactions.importers.figures import stated_balance
from transactions.importers.picking import Picker
from transactions.kinds import Kind

SAMPLE = 200


def _is_statement(cells: list[str]) -> bool:
    found = {cell.casefold() for cell in cells}
    return all(found.intersection(map(str.casefold, names)) for names in words.NEEDED)


_has_fiat_columns = has_columns("Fiat amount")
_HELD_ALL_ALONG = {
    re.compile(r"balance migration", re.IGNORECASE): (
        "move to another company of the Revolut group, holdings stay as they are"
    ),
    re.compile(r"\b(savings|pocket|vault|transferred to current)\b", re.IGNORECASE): (
        "move between the customer's own pockets"
    ),
    re.compile(r"stak(e|ed|ing)\b", re.IGNORECASE): "staked coins are still held",
}


class _Statements(Importer):
    """What the three formats share: a row is read alike in each of them."""

    kind_of_file: ClassVar[str]

    def recognises(self, source: Source) -> bool:
        header = source.find_header(_is_statement)
        return header is not None and _kind_of_file(source, header) == self.kind_of_file

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_statement)
        if header is None:
            raise ImporterError("The header line of a Revolut account statement is missing.")
        records = source.records(header)
        sample = list(islice(records, SAMPLE))
        statement = _Statement(header, [cells for _, cells in sample])
        return statement.outcomes(chain(sample, records))


class RevolutCryptoStatement(_Statements):
    format = "revolut-crypto-statement"
    broker = "Revolut Crypto"
    tracks_cash = False
    kind_of_file = "crypto"


class RevolutMetals(_Statements):
    format = "revolut-metals"
    broker = "Revolut Metals"
    tracks_cash = False
    kind_of_file = "metals"


class RevolutAccount(_Statements):
    format = "revolut-account"
    broker = "Revolut Account"
    tracks_cash = True
    kind_of_file = "money"


def _kind_of_file(source: Source, header: Header) -> str:
    if _has_fiat_columns(header.cells):
        return "crypto"
    # The end of the piece may be half a record, whose currency is then not the last word.
    beginning = Source(source.name, source.data[:HEAD_BYTES])
    at = header.find(*words.CURRENCY)
    is_metals = any(cell(cells, at).upper() in METALS for _, cells in beginning.records(header))
    return "metals" if is_metals else "money"


class _Cells(NamedTuple):
    """The cells of a record; ``_COLUMNS`` has the names of their columns in the same order."""

    type: str
    completed: str
    description: str
    amount: str
    fee: str
    currency: str
    state: str
    value: str
    value_with_fee: str
    base: str
    product: str
    balance: str


_COLUMNS = (
    words.TYPE,
    words.COMPLETED,
    words.DESCRIPTION,
    words.AMOUNT,
    words.FEE,
    words.CURRENCY,
    words.STATE,
    ("Fiat amount",),
    ("Fiat amount (inc. fees)",),
    ("Base currency",),
    words.PRODUCT,
    words.BALANCE,
)
_REQUIRED = ("Type", "Completed Date", "Amount", "Fee", "Currency", "State")


class _Row(NamedTuple):
    """One completed row: ``moved`` is what it adds to the balance, amount minus fee, and ``value`` its
    value in ``base`` before the fee, where the file has one."""

    line: int
    type: str
    when: datetime
    stamp: str
    description: str
    amount: Decimal
    moved: Decimal
    fee: Decimal
    currency: str
    value: Decimal | None
    value_fee: Decimal
    base: str


class _Statement:
    """The state of reading one file."""

    def __init__(self, header: Header, sample: list[list[str]]) -> None:
        self.picker = Picker(header, _COLUMNS, _REQUIRED)
        self.has_value = _has_fiat_columns(header.cells)
        rows = [_Cells._make(cells) for cells in self.picker.samples(sample)]
        self.mark = decimal_mark(
            text for row in rows for text in (row.amount, row.fee, row.value, row.value_with_fee)
        )
        self.home = _home_currency(rows)
        self.securities: dict[str, Security] = {}

    def outcomes(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Outcome]:
        for line, cells in records:
            try:
                yield from self._outcomes_of(line, _Cells._make(self.picker.cells(cells)))
            except ValueError as error:
                yield Rejected(line, str(error), ",".join(cells))

    def _outcomes_of(self, line: int, cells: _Cells) -> list[Outcome]:
        state = cells.state.upper()
        if state in words.NOT_DONE or (state not in words.DONE and not cells.completed):
            return [Ignored(line, f"the state is {state}: only completed rows happened")]
        if state not in words.DONE:
            raise RowError(f"the state “{state}” is not known")
        row = self._row(line, cells)
        return [self._outcome(row), *self._stated(row, cells)]

    def _outcome(self, row: _Row) -> Outcome:
        if not row.moved and not row.amount:
            return Ignored(row.line, "nothing was moved")
        if is_money(row.currency):
            return _money(row)
        return self._units(row)

    def _stated(self, row: _Row, cells: _Cells) -> Iterator[Stated]:
        balance = stated_balance(cells.balance, self.mark)
        if balance is None:
            return
        stated = Stated(row.line, row.when, balance, pocket=cells.product, change=row.moved)
        if is_money(row.currency):
            yield stated._replace(currency=row.currency)
        else:
            yield stated._replace(security=self._security(row.currency))

    def _row(self, line: int, cells: _Cells) -> _Row:
        currency = cells.currency.upper()
        if not currency:
            raise RowError("the currency is missing")
        amount = parse_number(cells.amount, self.mark)
        if amount is None:
            raise RowError("the amount is missing")
        fee = parse_number(cells.fee, self.mark) if cells.fee else None
        value, value_fee = None, ZERO
        if self.has_value and not is_money(currency):
            # The fee is money then, and does not touch the coins.
            value, value_fee = self._value(cells, fee or ZERO, amount > 0)
            fee = None
        when = parse_instant(
            cells.completed, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"
        )
        type_ = "_".join(cells.type.upper().split())
        return _Row(
            line=line,
            type=words.TYPES.get(type_, type_),
            when=when if when.tzinfo else when.replace(tzinfo=UTC),
            stamp=cells.completed,
            description=cells.description,
            amount=amount,
            moved=EXACT.subtract(amount, fee) if fee else amount,
            fee=fee or ZERO,
            currency=currency,
            value=value,
            value_fee=value_fee,
            base=cells.base.upper() or self.home,
        )

    def _value(self, cells: _Cells, fee: Decimal, incoming: bool) -> tuple[Decimal | None, Decimal]:
        """The value before fees, and the fee that makes it the money that really moved."""
        value = parse_number(cells.value, self.mark)
        with_fee = parse_number(cells.value_with_fee, self.mark)
        if value is None:
            return (None if with_fee is None else with_fee.copy_abs()), ZERO
        value = value.copy_abs()
        if with_fee is None:
            return value, fee.copy_abs()
        paid = with_fee.copy_abs()
        difference = EXACT.subtract(paid, value) if incoming else EXACT.subtract(value, paid)
        return (value, difference) if difference >= 0 else (paid, ZERO)

    def _units(self, row: _Row) -> Outcome:
        """Coins or metal that came or went."""
        if (row.moved > 0) != (row.amount > 0) or not row.moved:
            raise RowError(f"the fee {row.fee} leaves nothing of the amount {row.amount}")
        if row.type in _UNITS:
            kind = _UNITS[row.type](row)
        else:
            known = ", ".join(_UNITS)
            raise RowError(
                f"the type “{row.type}” is not known for {row.currency}; known are {known}"
            )
        if kind in {Kind.TRANSFER_IN, Kind.TRANSFER_OUT}:
            for pattern, rule in _HELD_ALL_ALONG.items():
                if pattern.search(row.description):
                    return Ignored(row.line, rule)
            # The value of the day is not what the units once cost.
            row = row._replace(value=None)
        return ParsedTransaction(
            line=row.line,
            when=row.when,
            kind=kind,
            currency=row.base,
            amount=row.value,
            security=self._security(row.currency),
            quantity=row.moved.copy_abs(),
            fee=row.value_fee if kind in {Kind.BUY, Kind.SELL} else ZERO,
            # Coins against coins are two rows of one second.
            group=f"exchange-{row.stamp}" if row.type == "EXCHANGE" else "",
            description=row.description,
        )

    def _security(self, symbol: str) -> Security:
        known = self.securities.get(symbol)
        if known is None:
            asset_type = AssetType.METAL if symbol in METALS else AssetType.CRYPTO
            known = self.securities[symbol] = Security(ticker=symbol, asset_type=asset_type)
        return known


def _by_sign(incoming: Kind, outgoing: Kind) -> Callable[[_Row], Kind]:
    return lambda row: incoming if row.moved > 0 else outgoing


def _rewarded(row: _Row) -> Kind:
    if row.moved < 0:
        # A reward that is taken back takes units along, and nothing is paid for them.
        return Kind.TRANSFER_OUT
    return Kind.STAKING if re.search(r"stak", row.description, re.IGNORECASE) else Kind.AIRDROP


_trade = _by_sign(Kind.BUY, Kind.SELL)
_transfer = _by_sign(Kind.TRANSFER_IN, Kind.TRANSFER_OUT)
_UNITS: dict[str, Callable[[_Row], Kind]] = {
    "EXCHANGE": _trade,
    "CARD_PAYMENT": _trade,
    "CARD_REFUND": _trade,
    "TRANSFER": _transfer,
    "TOPUP": _transfer,
    "CASHBACK": _rewarded,
    "REWARD": _rewarded,
    "INTEREST": _rewarded,
    "FEE": _by_sign(Kind.TRANSFER_IN, Kind.FEE),
}

_PAYMENTS = frozenset(
    {
        *("TOPUP", "TRANSFER", "CARD_PAYMENT", "CARD_REFUND", "CARD_CREDIT", "CARD_CHARGEBACK"),
        *("ATM", "REFUND", "TRANSFER_REFUND", "REV_PAYMENT", "TRADE"),
    }
)
_INCOME = frozenset({"INTEREST", "CASHBACK", "REWARD"})
_CHARGES = {"FEE": Kind.FEE, "CHARGE": Kind.FEE, "CHARGE_REFUND": Kind.FEE, "TAX": Kind.TAX}


def _money(row: _Row) -> ParsedTransaction:
    """A row of a money account: the balance moves by amount minus fee."""
    incoming, fee, group = row.amount > 0, row.fee, ""
    amount = row.amount.copy_abs()
    if row.type in _CHARGES or not row.amount:
        # Some fees stand in the amount, some in the fee column.
        kind, amount, fee = _CHARGES.get(row.type, Kind.FEE), row.moved.copy_negate(), ZERO
    elif row.type == "EXCHANGE":
        kind = Kind.TRANSFER_IN if incoming else Kind.TRANSFER_OUT
        group = f"exchange-{row.stamp}"
    elif row.type in _INCOME:
        kind, amount = Kind.INTEREST, row.amount
    elif row.type in _PAYMENTS:
        kind = Kind.DEPOSIT if incoming else Kind.WITHDRAWAL
    else:
        known = ", ".join(sorted({*_PAYMENTS, *_INCOME, *_CHARGES, "EXCHANGE"}))
        raise RowError(f"the type “{row.type}” is not known; known are {known}")
    return ParsedTransaction(
        line=row.line,
        when=row.when,
        kind=kind,
        currency=row.currency,
        amount=amount,
        fee=fee,
        group=group,
        description=row.description,
    )


def _home_currency(rows: list[_Cells]) -> str:
    """The currency that rows without money are put in: that of the rows with money, or the one that
    metals were exchanged to. It bears no amount, so a wrong one falsifies nothing."""
    words = (word for row in rows for word in (row.currency, *row.description.split()))
    found = Counter(word for text in words if is_money(word := text.upper()))
    return found.most_common(1)[0][0] if found else "EUR"
