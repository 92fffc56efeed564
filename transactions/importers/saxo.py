"""Saxo: transactions of the account, in Excel or saved as CSV.

``Client ID,Trade Date,Value Date,Type,Instrument,Instrument ISIN,Instrument currency,Exchange Description,
Instrument Symbol,Event,Amount,Order ID,Conversion Rate``, in the language of the platform. Only the day
is known.

Quirks: what was traded stands in the event (“Buy 3 @ 134.85 USD”). There is no column of fees: they are what
the amount is more than quantity times price. The conversion rate is from the instrument's currency
to that of the account, which no column names: it is the currency of the rows with a rate of 1.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.money import EXACT, ONE, ZERO, DecimalMark, decimal_mark, parse_number, to_amount
from pricing.readers import Header, Source
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.figures import number, required, unit_price
from transactions.importers.free_dates import DateOrder, moment
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter
from transactions.kinds import CASH_SIGN, Kind

_BUY = ("buy", "bought", "koop", "køb", "købt", "kauf", "achat", "acquisto", "compra")
_SELL = ("sell", "sold", "verkoop", "salg", "solgt", "verkauf", "vente", "vendita", "venta")
_TRADED = re.compile(
    rf"({'|'.join((*_SELL, *_BUY))})\s+(-?[\d.,]+)\s*@\s*([\d.,]+)\s*([A-Za-z]{{3}})?",
    re.IGNORECASE,
)
# Parts of the event's text, asked in this order.
_EVENTS: dict[Kind, tuple[str, ...]] = {
    Kind.TAX: ("tax", "belasting", "steuer", "skat", "impôt", "withholding", "stamp duty"),
    Kind.FEE: (
        *("fee", "commission", "kosten", "gebühr", "gebyr", "frais", "commissie", "provision"),
        *("bewaarloon", "connectivity", "subscription"),
    ),
    Kind.DIVIDEND: ("dividend", "dividende", "udbytte", "uitkering", "distribution"),
    Kind.INTEREST: ("interest", "rente", "zins", "intérêt", "coupon"),
    Kind.DEPOSIT: ("deposit", "storting", "einzahlung", "indbetaling", "dépôt", "versement"),
    Kind.WITHDRAWAL: ("withdrawal", "opname", "auszahlung", "udbetaling", "retrait"),
}
_TRANSFER = ("transfer", "overboeking", "überweisung", "overførsel", "virement", "cash amount")
# A fee is small; more than this share of the whole says that the price is in another unit.
_LARGEST_FEE = Decimal("0.25")
_SAMPLE = 500


class _Row(NamedTuple):
    date: str
    type: str
    name: str
    isin: str
    currency: str
    symbol: str
    event: str
    amount: str
    rate: str


class _Event(NamedTuple):
    line: int
    row: _Row
    when: datetime
    has_time: bool
    amount: Decimal
    currency: str
    rate: Decimal


class _Transactions(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        rows = _first_rows(picker, header, source)
        self.mark: DecimalMark | None = decimal_mark(row.amount for row in rows)
        at_one = Counter(row.currency for row in rows if row.rate == "1" and row.currency)
        self.home = at_one.most_common(1)[0][0] if at_one else "EUR"
        self.securities: dict[tuple[str, str], Security] = {}

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        row = _Row._make(cells)
        amount = required(row.amount, "Amount", self.mark)
        rate = parse_number(row.rate) or ONE
        text = moment(row.date, "", DateOrder.DAY_FIRST)
        event = _Event(
            line,
            row,
            datetime.fromisoformat(text),
            "T" in text,
            amount,
            row.currency if rate == 1 and row.currency else self.home,
            rate,
        )
        found = _TRADED.match(row.event)
        if found is not None:
            return [self._traded(event, found)]
        if not amount:
            return [Ignored(line, "a booking of 0.00")]
        return [self._paid(event)]

    def security(self, row: _Row) -> Security:
        """“VWRL:xams” is VWRL in Amsterdam."""
        ticker = row.symbol.partition(":")[0]
        if not ticker and not row.isin:
            raise RowError("the columns “Instrument Symbol” and “Instrument ISIN” are empty")
        key = (ticker, row.isin)
        if key not in self.securities:
            self.securities[key] = Security(
                ticker, row.isin, row.name, AssetType.OTHER, row.currency
            )
        return self.securities[key]

    def _traded(self, event: _Event, found: "re.Match[str]") -> ParsedTransaction:
        kind = Kind.BUY if found[1].casefold() in _BUY else Kind.SELL
        quantity = (number(found[2]) or ZERO).copy_abs()
        if not quantity:
            raise RowError(f"the quantity in “{event.row.event[:40]}” is zero")
        cash = event.amount.copy_abs()
        fee = _fee(kind, cash, quantity, number(found[3]) or ZERO, event.rate)
        amount = EXACT.subtract(cash, fee) if kind is Kind.BUY else EXACT.add(cash, fee)
        return self._parsed(event, kind, amount)._replace(
            security=self.security(event.row),
            quantity=quantity,
            price=unit_price(amount, quantity),
            fee=fee,
        )

    def _paid(self, event: _Event) -> ParsedTransaction:
        kind = _kind_of(event)
        found = self._parsed(event, kind, event.amount * CASH_SIGN[kind])
        is_of_share = event.row.isin or event.row.symbol
        return found._replace(security=self.security(event.row)) if is_of_share else found

    def _parsed(self, event: _Event, kind: Kind, amount: Decimal) -> ParsedTransaction:
        return ParsedTransaction(
            event.line,
            event.when,
            kind,
            event.currency,
            amount,
            has_time=event.has_time,
            description=event.row.event,
        )


def _kind_of(event: _Event) -> Kind:
    text = event.row.event.casefold()
    for kind, parts in _EVENTS.items():
        if any(part in text for part in parts):
            return kind
    if any(part in f"{text} {event.row.type.casefold()}" for part in _TRANSFER):
        return Kind.DEPOSIT if event.amount > 0 else Kind.WITHDRAWAL
    known = ", ".join(parts[0] for parts in _EVENTS.values())
    raise RowError(
        f"the event “{event.row.event}” is not known; known are buy, sell, {known}, transfer"
    )


def _fee(kind: Kind, cash: Decimal, quantity: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    """What the cash is more (a purchase) or less (a sale) than the units by their price."""
    gross = to_amount(EXACT.multiply(EXACT.multiply(quantity, price), rate))
    fee = EXACT.subtract(cash, gross) if kind is Kind.BUY else EXACT.subtract(gross, cash)
    return fee if ZERO < fee <= EXACT.multiply(cash, _LARGEST_FEE) else ZERO


def _first_rows(picker: Picker, header: Header, source: Source) -> list[_Row]:
    records = source.again().records(header)
    rows = [cells for _, (_, cells) in zip(range(_SAMPLE), records, strict=False)]
    return [_Row._make(cells) for cells in picker.samples(rows)]


class Saxo(TableImporter):
    format = "saxo"
    broker = "Saxo"
    tracks_cash = True
    columns = (
        ("Trade Date", "Transactiedatum", "Handelsdatum", "Handelsdato", "Date de transaction"),
        ("Type", "Typ"),
        ("Instrument", "Produkt", "Produit"),
        ("Instrument ISIN", "ISIN"),
        ("Instrument currency", "Instrumentvaluta", "Instrumentwährung", "Devise de l'instrument"),
        ("Instrument Symbol", "Instrumentsymbool", "Instrumentsymbol", "Symbole de l'instrument"),
        ("Event", "Gebeurtenis", "Ereignis", "Hændelse", "Évènement", "Événement"),
        ("Amount", "Bedrag", "Betrag", "Beløb", "Montant", "Booked Amount", "Geboekt bedrag"),
        ("Conversion Rate", "Omrekeningskoers", "Umrechnungskurs", "Omregningskurs"),
    )
    required = ("Trade Date", "Type", "Instrument", "Event", "Amount")
    rows = _Transactions
