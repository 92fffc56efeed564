"""The documented CSV of our own: for brokers without an importer, and the form in which we export.

Columns stand in any order and any case; only ``date``, ``type`` and ``currency`` are required, and a
column that is not known is refused by name rather than left out. ``docs/importers.md`` describes each.
The column names of the tracker that this one replaces are understood too. Every field of a
ParsedTransaction survives the way out and in again, except the line numbers of the file it came from.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from pricing.assets import AssetType
from pricing.money import (
    EXACT,
    ONE,
    ZERO,
    DecimalMark,
    NumberError,
    decimal_mark,
    major_unit,
    parse_number,
)
from pricing.readers import Header, ImporterError, Source, cell
from transactions.importers.base import (
    AccountFacts,
    Importer,
    Outcome,
    ParsedTransaction,
    Rejected,
    RowError,
    Security,
    UnknownFormatError,
)
from transactions.importers.coins import fee_in_units
from transactions.kinds import INCOME_IN_KIND, MOVES_UNITS, Kind

COLUMNS = (
    *("date", "type", "ticker", "isin", "name", "asset_type", "instrument_currency"),
    *("quantity", "price", "amount", "currency", "fee", "fee_currency", "tax", "fx_rate"),
    *("description", "id", "group", "portfolio", "order"),
    *("account_currency", "time_zone", "tracks_cash"),
)
# What these say is of the account, so that an import that makes it makes it the same.
ACCOUNT_FACTS = ("account_currency", "time_zone", "tracks_cash")
ACCOUNT_COLUMNS = frozenset(ACCOUNT_FACTS)
REQUIRED = ("date", "type", "currency")
NUMBERS = ("quantity", "price", "amount", "fee", "tax", "fx_rate")
# What the tracker that this one replaces calls them.
RENAMED = {
    "transaction_date": "date",
    "transaction_type": "type",
    "total_amount": "amount",
    "raw_description": "description",
    "external_id": "id",
}
KINDS: dict[str, Kind] = {
    **{kind.value: kind for kind in Kind},
    "PURCHASE": Kind.BUY,
    "SALE": Kind.SELL,
    "DIVIDENDS": Kind.DIVIDEND,
    "FEES": Kind.FEE,
    "COMMISSION": Kind.FEE,
    "TAXES": Kind.TAX,
    "WITHHOLDING_TAX": Kind.TAX,
    "CASH_IN": Kind.DEPOSIT,
    "TOP_UP": Kind.DEPOSIT,
    "WITHDRAW": Kind.WITHDRAWAL,
    "CASH_OUT": Kind.WITHDRAWAL,
    "STOCK_SPLIT": Kind.SPLIT,
    "STAKING_REWARD": Kind.STAKING,
}
YES_OR_NO = {"yes": True, "no": False, "": None}
NOTHING_STATED = AccountFacts()
# In the column amount: the sum is not known. An empty cell of a trade means quantity times price.
UNKNOWN = "unknown"
Cell = str | Decimal | date | int | None
# Cells of this many records decide the decimal mark of a column.
SAMPLE = 200
DAY_LENGTH = len("2024-01-31")
# Of an order: enough for every row of every file.
MOST_DIGITS = 12
# A misspelt column or two is refused by name; more, and the file is somebody else's.
MOST_UNKNOWN_COLUMNS = 2

_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{10}")
_CODE = re.compile(r"[A-Z0-9]{3,12}")
# Spreadsheets run what begins like this, in full width too where East Asian scripts are in use.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_NEEDS_SECURITY = frozenset(
    {*INCOME_IN_KIND, Kind.BUY, Kind.SELL, Kind.SPLIT, Kind.DIVIDEND, Kind.RETURN_OF_CAPITAL}
)


def _column(name: str) -> str:
    folded = name.strip().casefold()
    return RENAMED.get(folded, folded)


def is_header(cells: list[str]) -> bool:
    names = [_column(name) for name in cells if name]
    unknown = [name for name in names if name not in COLUMNS]
    return set(REQUIRED) <= set(names) and len(unknown) <= MOST_UNKNOWN_COLUMNS


class GenericCsv(Importer):
    format = "generic-csv"
    broker = "Imported"
    tracks_cash = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(is_header) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(lambda cells: set(REQUIRED) <= set(map(_column, cells)))
        if header is None:
            raise ImporterError(f"A header line with the columns {_listed(REQUIRED)} is missing.")
        columns = columns_in(header)
        records = list(source.records(header))
        reader = _RowReader(
            header, columns, _marks(columns, [cells for _, cells in records[:SAMPLE]])
        )
        for line, cells in records:
            try:
                yield fee_in_units(reader.read(line, cells))
            except RowError as error:
                yield Rejected(line, str(error), header.delimiter.join(cells)[:1000])

    def depots(self, source: Source) -> Mapping[str, AccountFacts]:
        """By the first row of each depot; the columns repeat in all of them."""
        # Not the caller's, which counts the records that are handed out.
        source = source.again()
        header = source.find_header(is_header)
        if header is None or not ACCOUNT_COLUMNS & set(map(_column, header.cells)):
            return {}
        columns = columns_in(header)
        places = [columns[name] for name in ("portfolio", *ACCOUNT_FACTS)]
        found: dict[str, AccountFacts] = {}
        for _, cells in source.records(header):
            portfolio, currency, zone, cash = (
                cell(cells, place if place >= 0 else None) for place in places
            )
            if unguarded(portfolio) not in found:
                found[unguarded(portfolio)] = AccountFacts(
                    currency, zone, YES_OR_NO.get(cash.casefold())
                )
        return found


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def columns_in(header: Header) -> dict[str, int]:
    """Where each column stands; -1 for those that the file does not have. Refuses unknown ones."""
    columns = dict.fromkeys(COLUMNS, -1)
    for position, name in enumerate(header.cells):
        column = _column(name)
        if not column:
            continue
        if column in columns and columns[column] >= 0:
            raise ImporterError(f"The column “{column}” occurs twice in the header line.")
        columns[column] = position
    unknown = [header.cells[columns[name]] for name in columns if name not in COLUMNS]
    if unknown:
        raise UnknownFormatError(
            f"The columns {_listed(unknown)} are not known; known are {', '.join(COLUMNS)}."
        )
    return columns


def _marks(columns: dict[str, int], rows: list[list[str]]) -> dict[str, DecimalMark | None]:
    return {
        name: decimal_mark(row[columns[name]] for row in rows if 0 <= columns[name] < len(row))
        for name in NUMBERS
    }


class _RowReader:
    """Reads one row after another; what repeats in a file (instruments, kinds) is looked up once."""

    def __init__(
        self, header: Header, columns: dict[str, int], marks: dict[str, DecimalMark | None]
    ) -> None:
        self.columns = columns
        self.marks = marks
        self._width = len(header.cells)
        # A delimiter at the end of each line makes columns without a name.
        self._nameless = [place for place, name in enumerate(header.cells) if not name]
        # The instrument's cells come first in COLUMNS order; they are its key.
        self._identity = [columns[name] for name in COLUMNS[2:7]]
        self._securities: dict[tuple[str, ...], Security | None] = {}
        self._currency = lru_cache(maxsize=None)(currency_of)

    def read(self, line: int, record: list[str]) -> ParsedTransaction:
        columns, cells = self.columns, self._cells(record)
        kind = kind_of(cells[columns["type"]])
        when, has_time = _moment(cells[columns["date"]].strip())
        currency, factor = self._currency(cells[columns["currency"]])
        security = self._security(cells)
        quantity = self._number("quantity", cells)
        if not quantity and kind not in MOVES_UNITS:
            quantity = None  # of a dividend a 0 is none
        price = self._number("price", cells)
        is_unknown = cells[columns["amount"]].strip().casefold() == UNKNOWN
        amount = None if is_unknown else self._amount(kind, cells, quantity, price)
        fee = self._number("fee", cells) or ZERO
        tax = self._number("tax", cells) or ZERO
        fee_currency, fee_factor = cells[columns["fee_currency"]].strip(), factor
        if fee_currency:
            fee_currency, fee_factor = self._currency(fee_currency)
        check(kind, security, quantity, has_amount=is_unknown or amount is not None)
        if factor is not ONE:
            price = None if price is None else EXACT.multiply(price, factor)
            amount = None if amount is None else EXACT.multiply(amount, factor)
            tax = EXACT.multiply(tax, factor)
        return ParsedTransaction(
            line,
            when,
            kind,
            currency,
            amount,
            security,
            quantity,
            price,
            fee if fee_factor is ONE else EXACT.multiply(fee, fee_factor),
            fee_currency,
            tax,
            self._number("fx_rate", cells),
            has_time,
            unguarded(cells[columns["id"]].strip()),
            unguarded(cells[columns["group"]].strip()),
            unguarded(cells[columns["description"]]),
            (),
            unguarded(cells[columns["portfolio"]].strip()),
            _order(cells[columns["order"]].strip()),
        )

    def _cells(self, record: list[str]) -> list[str]:
        """As many cells as the header has, and an empty one, which stands for absent columns."""
        width = self._width
        cells = [*record[:width], *[""] * (width - len(record)), ""]
        if any(record[width:]) or any(cells[place] for place in self._nameless):
            raise RowError("the row has cells for which the header has no name")
        return cells

    def _number(self, name: str, cells: list[str]) -> Decimal | None:
        text = cells[self.columns[name]]
        if not text:
            return None
        try:
            return parse_number(text, self.marks[name])
        except NumberError as error:
            raise RowError(f"{name}: {error}") from error

    def _amount(
        self, kind: Kind, cells: list[str], quantity: Decimal | None, price: Decimal | None
    ) -> Decimal | None:
        amount = self._number("amount", cells)
        if amount is None and kind in {Kind.BUY, Kind.SELL} and quantity and price is not None:
            return EXACT.multiply(quantity, price)
        return amount

    def _security(self, cells: list[str]) -> Security | None:
        key = tuple([cells[position] for position in self._identity])
        if key not in self._securities:
            self._securities[key] = security_of(*(unguarded(text.strip()) for text in key))
        return self._securities[key]


def kind_of(text: str) -> Kind:
    kind = KINDS.get(text)
    if kind is None:
        kind = KINDS.get(re.sub(r"[\s-]+", "_", text.strip()).upper())
    if kind is None:
        known = ", ".join(KINDS)
        raise RowError(f"the type “{text.strip()}” is not known; known are {known}")
    return kind


def _moment(text: str) -> tuple[datetime, bool]:
    try:
        return datetime.fromisoformat(text), len(text) > DAY_LENGTH
    except ValueError as error:
        raise RowError(
            f"“{text}” is not a date; write 2024-01-31, or 2024-01-31T15:30:00 with or without Z"
        ) from error


def currency_of(text: str) -> tuple[str, Decimal]:
    """The currency that a cell names, and the factor of its figures (GBX: 0.01), or RowError."""
    found = major_unit(text.strip())
    if not found[0]:
        raise RowError("the currency is missing")
    if not _CODE.fullmatch(found[0]):
        raise RowError(f"“{text}” is not a currency")
    return found


def security_of(
    ticker: str, isin: str, name: str, asset_type: str = "", currency: str = ""
) -> Security | None:
    """The instrument of a row, None where it names none; RowError where it names half of one."""
    # The form only: some brokers make up numbers without the right check digit (XF000BTC0017), and
    # what was imported from them must survive our own export.
    if isin and not _ISIN.fullmatch(isin):
        raise RowError(f"“{isin}” is not an ISIN")
    if not ticker and not isin:
        if name:
            raise RowError(f"the instrument “{name}” has neither ticker nor ISIN")
        return None
    known = asset_type.upper() or AssetType.OTHER.value
    if known not in AssetType.__members__:
        types = ", ".join(AssetType)
        raise RowError(f"the asset type “{asset_type}” is not known; known are {types}")
    return Security(ticker, isin, name, AssetType[known], major_unit(currency)[0])


def _order(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise RowError(f"the order “{text[:40]}” is not a whole number")
    return int(text)


def check(
    kind: Kind, security: Security | None, quantity: Decimal | None, *, has_amount: bool
) -> None:
    """RowError unless what the kind needs is there; silence would be a wrong position later."""
    if security is None and kind in _NEEDS_SECURITY:
        raise RowError(f"{kind} needs a ticker or an ISIN")
    if security is not None and kind in MOVES_UNITS and not quantity:
        raise RowError(f"{kind} needs a quantity other than zero")
    if quantity is not None and quantity < 0 and kind is not Kind.SPLIT:
        raise RowError(f"the quantity {quantity} is negative; the type tells the direction")
    pays_in_units = security is not None and quantity is not None
    if not has_amount and kind not in MOVES_UNITS and not pays_in_units:
        raise RowError(f"{kind} needs an amount")
    if not has_amount and security is None:
        raise RowError(f"{kind} of money needs an amount")


def guarded(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would take it for a formula.

    ``unguarded`` takes it off again. Texts that begin with apostrophes of their own before such a
    sign get one more, so that every text comes back as it was.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What ``guarded``, or a careful spreadsheet, was given."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def as_cells(transaction: ParsedTransaction, account: AccountFacts = NOTHING_STATED) -> list[Cell]:
    """One row in the order of COLUMNS, from which ``GenericCsv`` reads the same transaction.

    Texts still have to be guarded against spreadsheets, as ``transactions.downloads`` does.
    """
    security = transaction.security or Security()
    amount: Cell = transaction.amount
    kind = transaction.kind
    if amount is None and (kind in {Kind.BUY, Kind.SELL} or kind not in MOVES_UNITS):
        amount = UNKNOWN
    when = transaction.when
    return [
        _instant(when) if transaction.has_time else when.date(),
        kind.value,
        security.ticker,
        security.isin,
        security.name,
        security.asset_type.value if transaction.security else "",
        security.currency,
        transaction.quantity,
        transaction.price,
        amount,
        transaction.currency,
        transaction.fee or None,
        transaction.fee_currency,
        transaction.tax or None,
        transaction.fx_rate,
        transaction.description,
        transaction.external_id,
        transaction.group,
        transaction.portfolio,
        transaction.order or None,
        account.currency,
        account.time_zone,
        account.tracks_cash,
    ]


def _instant(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")
