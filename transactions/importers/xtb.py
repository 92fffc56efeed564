"""XTB: cash operations of the account, as CSV or as a sheet of the Excel report.

``ID;Type;Time;Symbol;Comment;Amount`` in any order, in the language of the account. The report has the
currency of the account in a block above the table. Times are those of Warsaw.

Quirks: how many units and at what price stands only in the comment (“OPEN BUY 34/42.5658 @ 11.7480”: this
row is 34 of the order's 42.5658), the price in the currency of the instrument. The amount is what moved the
cash of the account, so cost and proceeds have the currency exchange in them. Ids repeat. The CSV
does not say the account's currency: it is the one in which a price and an amount agree.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pricing.assets import AssetType
from pricing.money import EXACT, parse_number
from pricing.readers import Header, Source, cell, parse_instant
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.figures import required, unit_price
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter
from transactions.kinds import CASH_SIGN, Kind

_WARSAW = ZoneInfo("Europe/Warsaw")
_TRADED = re.compile(
    r"(OPEN|CLOSE) (BUY|SELL) ([\d.,]+)(?:/[\d.,]+)?\s*@\s*([\d.,]+)", re.IGNORECASE
)
_CURRENCY_CELL = re.compile(r"[A-Z]{3}")
_CURRENCY_TITLES = frozenset({"currency", "waluta", "moneda", "moeda", "währung", "měna", "devise"})
# The exchanges behind the symbols, and the money of their prices; London has several.
_EXCHANGES = {
    **dict.fromkeys(("DE", "FR", "NL", "ES", "IT", "PT", "BE", "FI", "IE", "AT"), "EUR"),
    "US": "USD",
    "CZ": "CZK",
    "CH": "CHF",
    "DK": "DKK",
    "SE": "SEK",
    "NO": "NOK",
    "HU": "HUF",
    "RO": "RON",
}
_NEARLY = Decimal("0.01")
_ROWS_LOOKED_AT = 2_000


class _Row(NamedTuple):
    type: str
    time: str
    symbol: str
    comment: str
    amount: str


class _Event(NamedTuple):
    line: int
    row: _Row
    when: datetime
    amount: Decimal


class _Operations(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        self.currency = _stated_currency(source, header.delimiter) or _likely_currency(
            picker, header, source
        )
        self.securities: dict[str, Security] = {}

    def aside(self, record: Sequence[str]) -> str:
        filled = [text for text in record if text.strip()]
        return "a line of totals" if filled and filled[0].casefold().startswith("total") else ""

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        row = _Row._make(cells)
        read = _reader_of(row.type)
        if read is None:
            raise RowError(f"the type “{row.type}” is not known; known are {', '.join(_WORDS)}")
        amount = required(row.amount.rstrip("."), "Amount")
        if not amount:
            return [Ignored(line, "a booking of 0.00")]
        when = parse_instant(row.time, "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S")
        return [read(self, _Event(line, row, when.replace(tzinfo=_WARSAW), amount))]

    def security(self, row: _Row) -> Security:
        if not row.symbol:
            raise RowError("the column “Symbol” is empty")
        if row.symbol not in self.securities:
            self.securities[row.symbol] = Security(row.symbol, "", "", AssetType.OTHER)
        return self.securities[row.symbol]

    def traded(self, event: _Event) -> ParsedTransaction:
        found = _TRADED.search(event.row.comment)
        if found is None:
            raise RowError(
                f"the comment “{event.row.comment[:60]}” does not say what was traded, as in "
                "“OPEN BUY 2 @ 11.50”"
            )
        quantity = parse_number(found[3])
        if not quantity:
            raise RowError(f"the quantity in “{found[0]}” is zero")
        # Opening a purchase buys, closing it sells; the other way round for a short position.
        is_bought = (found[1].upper() == "OPEN") is (found[2].upper() == "BUY")
        amount = event.amount.copy_abs()
        return self._parsed(event, Kind.BUY if is_bought else Kind.SELL, amount)._replace(
            security=self.security(event.row),
            quantity=quantity,
            price=unit_price(amount, quantity),
        )

    def dividend(self, event: _Event) -> ParsedTransaction:
        return self._paid(event, Kind.DIVIDEND)

    def tax(self, event: _Event) -> ParsedTransaction:
        return self._paid(event, Kind.TAX)

    def interest(self, event: _Event) -> ParsedTransaction:
        return self._paid(event, Kind.INTEREST)

    def fee(self, event: _Event) -> ParsedTransaction:
        return self._paid(event, Kind.FEE)

    def returned(self, event: _Event) -> ParsedTransaction:
        """Paid instead of the shares of a spin-off."""
        return self._paid(event, Kind.RETURN_OF_CAPITAL)

    def _paid(self, event: _Event, kind: Kind) -> ParsedTransaction:
        found = self._parsed(event, kind, event.amount * CASH_SIGN[kind])
        return found._replace(security=self.security(event.row)) if event.row.symbol else found

    def moved(self, event: _Event) -> ParsedTransaction:
        """Also the result of a contract on a difference, of which nothing is held."""
        kind = Kind.DEPOSIT if event.amount > 0 else Kind.WITHDRAWAL
        return self._parsed(event, kind, event.amount * CASH_SIGN[kind])

    def _parsed(self, event: _Event, kind: Kind, amount: Decimal) -> ParsedTransaction:
        description = f"{event.row.type} {event.row.comment}".strip()
        return ParsedTransaction(
            event.line, event.when, kind, self.currency, amount, description=description
        )


_Reader = Callable[[_Operations, _Event], ParsedTransaction]
# Parts of types, in the languages of accounts. Taxes are asked for first: some are of dividends.
_WORDS: dict[str, _Reader] = {
    **dict.fromkeys(
        (
            *(
                "withholding tax",
                "interests tax",
                "interest tax",
                "tax iftt",
                "stamp duty",
                "podatek",
            ),
            *("retención", "imposto", "quellensteuer", "zinssteuer", "srážková daň", "tax"),
        ),
        _Operations.tax,
    ),
    **dict.fromkeys(("dividend", "dywidenda", "divident"), _Operations.dividend),
    **dict.fromkeys(
        ("interest", "odsetki", "intereses", "juros", "zinsen", "úroky"), _Operations.interest
    ),
    **dict.fromkeys(("spin off", "spin-off"), _Operations.returned),
    **dict.fromkeys(
        (
            "purchase",
            "sale",
            "stock sell",
            "compra",
            "venda",
            "venta",
            "zakup",
            "sprzedaż",
            "kauf",
            "nákup",
            "prodej",
        ),
        _Operations.traded,
    ),
    **dict.fromkeys(
        ("commission", "sec fee", "fee", "prowizja", "comisión", "comissão", "gebühr", "poplatek"),
        _Operations.fee,
    ),
    **dict.fromkeys(("swap", "rollover"), _Operations.fee),
    **dict.fromkeys(
        (
            *(
                "deposit",
                "withdrawal",
                "transfer",
                "profit/loss",
                "close trade",
                "adjustment",
                "ike",
            ),
            *(
                "wpłata",
                "wypłata",
                "depósito",
                "retiro",
                "levantamento",
                "einzahlung",
                "auszahlung",
            ),
            *("vklad", "výběr", "correction", "zysk/strata"),
        ),
        _Operations.moved,
    ),
}


def _reader_of(type: str) -> _Reader | None:
    folded = type.casefold()
    return next((reader for part, reader in _WORDS.items() if part in folded), None)


def _stated_currency(source: Source, delimiter: str) -> str:
    """The cell below the title “Currency” in the block above the table."""
    lines = [
        row
        for line in source.head.splitlines()[:30]
        for row in csv.reader([line], delimiter=delimiter)
    ]
    for titles, values in pairwise(lines):
        for place, title in enumerate(titles):
            found = cell(values, place)
            if title.strip().casefold() in _CURRENCY_TITLES and _CURRENCY_CELL.fullmatch(found):
                return found
    return ""


def _likely_currency(picker: Picker, header: Header, source: Source) -> str:
    """The currency of the exchange whose prices times units are the amounts."""
    votes: Counter[str] = Counter()
    for row in _first_rows(picker, header, source):
        found, exchange = _TRADED.search(row.comment), row.symbol.rpartition(".")[2]
        if found is None or exchange not in _EXCHANGES:
            continue
        try:
            numbers = [parse_number(text) for text in (found[3], found[4], row.amount)]
        except ValueError:
            continue
        quantity, price, amount = (number or Decimal(0) for number in numbers)
        gross = EXACT.multiply(quantity, price)
        if gross and abs(EXACT.subtract(gross, amount.copy_abs())) <= EXACT.multiply(
            gross, _NEARLY
        ):
            votes[_EXCHANGES[exchange]] += 1
    return votes.most_common(1)[0][0] if votes else "EUR"


def _first_rows(picker: Picker, header: Header, source: Source) -> Iterator[_Row]:
    for _, cells in islice(source.again().records(header), _ROWS_LOOKED_AT):
        try:
            yield _Row._make(picker.cells(cells))
        except RowError:
            continue


class Xtb(TableImporter):
    format = "xtb"
    broker = "XTB"
    tracks_cash = True
    columns = (
        ("Type", "Typ", "Tipo"),
        ("Time", "Czas", "Hora", "Zeit", "Čas", "Tempo"),
        ("Symbol", "Símbolo", "Ticker"),
        ("Comment", "Komentarz", "Comentario", "Comentário", "Kommentar", "Komentář"),
        ("Amount", "Kwota", "Importe", "Montante", "Valor", "Betrag", "Částka"),
    )
    required = ("Type", "Time", "Symbol", "Comment", "Amount")
    rows = _Operations
