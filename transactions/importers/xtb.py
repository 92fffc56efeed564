"""XTB: cash operations of the account, as CSV or as a sheet of the Excel report.

``ID;Type;Time;Symbol;Comment;Amount`` in any order, in the language of the account; since 2025 ``Ticker`` and
the name in ``Instrument``, or the name alone. The report has the currency of the account in a block above the
table. Times are those of Warsaw, or of UTC where that block says so.

Quirks: how many units and at what price stands only in the comment (“OPEN BUY 34/42.5658 @ 11.7480”: this
row is 34 of the order's 42.5658), the price in the currency of the instrument. The amount is what moved the
cash of the account, so cost and proceeds have the currency exchange in them. Ids repeat. Older reports book
a sale in two rows of one second: what the units had cost, and the profit or loss as “close trade”.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pricing.assets import AssetType
from pricing.money import EXACT, parse_number
from pricing.readers import Header, Source, parse_instant
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.figures import required, unit_price
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter
from transactions.importers.xtb_currency import TRADED, account_currency
from transactions.kinds import CASH_SIGN, Kind

_WARSAW = ZoneInfo("Europe/Warsaw")
_LONGEST_TICKER = 40
# In the second of a sale, and of its symbol: what it brought above or below its cost.
_RESULTS = ("close trade", "profit/loss", "zysk/strata")


class _Row(NamedTuple):
    type: str
    time: str
    symbol: str
    comment: str
    amount: str
    name: str


class _Event(NamedTuple):
    line: int
    row: _Row
    when: datetime
    amount: Decimal


class _Operations(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        self.currency = account_currency(picker, header, source)
        self.zone = UTC if "(UTC)" in source.head else _WARSAW
        self.securities: dict[str, Security] = {}
        # Of the second that is being read: sales and results, which belong together.
        self.sales: list[_Event] = []
        self.results: list[_Event] = []

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
        event = _Event(line, row, when.replace(tzinfo=self.zone), amount)
        parsed = read(self, event)
        return [*self._ended(event.when), *self._waiting(event, parsed)]

    def rest(self) -> list[Outcome]:
        found: list[Outcome] = [self._sold(sale) for sale in self.sales]
        found += [self.moved(result) for result in self.results]
        self.sales, self.results = [], []
        return found

    def _ended(self, when: datetime) -> list[Outcome]:
        """What waited for the rest of a second that is over."""
        waiting = self.sales or self.results
        return self.rest() if waiting and waiting[0].when != when else []

    def _waiting(self, event: _Event, parsed: ParsedTransaction) -> list[Outcome]:
        """Nothing, where another row of the second may belong to this one."""
        if parsed.kind is Kind.SELL:
            self.sales.append(event)
        elif event.row.symbol and event.row.type.casefold().startswith(_RESULTS):
            self.results.append(event)
        else:
            return [parsed]
        return []

    def _sold(self, sale: _Event) -> ParsedTransaction:
        """A sale, with the first result of its symbol that is left."""
        for result in self.results:
            if result.row.symbol == sale.row.symbol:
                self.results.remove(result)
                whole = sale._replace(amount=EXACT.add(sale.amount, result.amount))
                return self.traded(whole)._replace(merged_lines=(result.line,))
        return self.traded(sale)

    def security(self, row: _Row) -> Security:
        if not row.symbol:
            raise RowError("the column “Symbol” is empty")
        if row.symbol not in self.securities:
            ticker = row.symbol[:_LONGEST_TICKER].rstrip()
            self.securities[row.symbol] = Security(ticker, "", row.name, AssetType.OTHER)
        return self.securities[row.symbol]

    def traded(self, event: _Event) -> ParsedTransaction:
        found = TRADED.search(event.row.comment)
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


class Xtb(TableImporter):
    format = "xtb"
    broker = "XTB"
    tracks_cash = True
    columns = (
        ("Type", "Typ", "Tipo"),
        ("Time", "Czas", "Hora", "Zeit", "Čas", "Tempo"),
        ("Symbol", "Símbolo", "Ticker", "Instrument"),
        ("Comment", "Komentarz", "Comentario", "Comentário", "Kommentar", "Komentář"),
        ("Amount", "Kwota", "Importe", "Montante", "Valor", "Betrag", "Částka"),
        ("Instrument",),
    )
    required = ("Type", "Time", "Symbol", "Comment", "Amount")
    rows = _Operations
