"""Avanza: transactions of one or several accounts as CSV, in Swedish.

``Datum;Konto;Typ av transaktion;Värdepapper/beskrivning;Antal;Kurs;Belopp;Transaktionsvaluta;Courtage
(SEK);Valutakurs;Instrumentvaluta;ISIN;Resultat``; until 2023 ``…;Belopp;Courtage;Valuta;ISIN;Resultat``.
Newest first, decimal comma, only the day is known. Several accounts are portfolios of their own.

Quirks: the amount is in the account's currency and has the brokerage in it, the price is in the share's.
Foreign tax is a row of its own. ``Övrigt`` (other) is everything else: money that the text explains
(yield tax, fees), and shares that a split, a merger or a transfer moves, as one row out and one in.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.money import EXACT, ZERO
from pricing.readers import Header, Source, parse_instant
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.exchanges import exchanged
from transactions.importers.figures import number, positive, required, unit_price
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter, has_several
from transactions.kinds import CASH_SIGN, Kind

_ACCOUNT = "Konto"


class _Row(NamedTuple):
    date: str
    account: str
    type: str
    text: str
    units: str
    amount: str
    currency: str
    brokerage: str
    share_currency: str
    isin: str


class _Event(NamedTuple):
    line: int
    row: _Row
    when: datetime
    units: Decimal
    amount: Decimal | None


class _Transactions(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        self.securities: dict[tuple[str, str], Security] = {}
        self.moved_units: list[ParsedTransaction] = []
        self.has_several = has_several(source, header, _ACCOUNT)

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        row = _Row._make(cells)
        read = _READERS.get(row.type.casefold())
        if read is None:
            known = ", ".join(_READERS)
            raise RowError(f"the type “{row.type}” is not known; known are {known}")
        event = _Event(
            line,
            row,
            parse_instant(row.date),
            number(row.units, ",") or ZERO,
            number(row.amount, ","),
        )
        return read(self, event)

    def security(self, row: _Row) -> Security:
        if not row.isin and not row.text:
            raise RowError("the columns “Värdepapper/beskrivning” and “ISIN” are empty")
        key = (row.isin, row.text)
        if key not in self.securities:
            self.securities[key] = Security(
                "" if row.isin else row.text[:40],
                row.isin,
                row.text,
                AssetType.OTHER,
                row.share_currency,
            )
        return self.securities[key]

    def bought(self, event: _Event) -> Iterable[Outcome]:
        yield self._traded(event, Kind.BUY)

    def sold(self, event: _Event) -> Iterable[Outcome]:
        yield self._traded(event, Kind.SELL)

    def _traded(self, event: _Event, kind: Kind) -> ParsedTransaction:
        fee = (number(event.row.brokerage, ",") or ZERO).copy_abs()
        quantity = positive(event.row.units, "Antal", ",")
        net = required(event.row.amount, "Belopp", ",").copy_abs()
        amount = EXACT.subtract(net, fee) if kind is Kind.BUY else EXACT.add(net, fee)
        return self._parsed(event, kind, amount)._replace(
            security=self.security(event.row),
            quantity=quantity,
            price=unit_price(amount, quantity),
            fee=fee,
        )

    def dividend(self, event: _Event) -> Iterable[Outcome]:
        found = self._parsed(event, Kind.DIVIDEND, _money(event))
        yield found._replace(security=self.security(event.row))

    def tax(self, event: _Event) -> Iterable[Outcome]:
        found = self._parsed(event, Kind.TAX, _money(event).copy_negate())
        yield found._replace(security=self.security(event.row)) if event.row.isin else found

    def fee(self, event: _Event) -> Iterable[Outcome]:
        yield self._parsed(event, Kind.FEE, _money(event).copy_negate())

    def interest(self, event: _Event) -> Iterable[Outcome]:
        yield self._parsed(event, Kind.INTEREST, _money(event))

    def moved(self, event: _Event) -> Iterable[Outcome]:
        """Money in or out; shares that were brought from another bank have units instead."""
        if event.units and not event.amount:
            return self.units_moved(event)
        return [self._cash(event)]

    def _cash(self, event: _Event) -> Outcome:
        amount = _money(event)
        if not amount:
            return Ignored(event.line, "a booking of 0,00")
        kind = Kind.DEPOSIT if amount > 0 else Kind.WITHDRAWAL
        return self._parsed(event, kind, amount * CASH_SIGN[kind])

    def other(self, event: _Event) -> Iterable[Outcome]:
        if event.units and not event.amount:
            return self.units_moved(event)
        if event.units:
            # Shares for money that no order stands for: a redemption, an offer, fractions paid out.
            kind = Kind.SELL if _money(event) > 0 else Kind.BUY
            return [self._traded(event, kind)]
        text = event.row.text.casefold()
        for words, kind in _EXPLAINED:
            if any(word in text for word in words):
                amount = _money(event)
                return [self._parsed(event, kind, amount * CASH_SIGN[kind])]
        return [self._cash(event)]

    def units_moved(self, event: _Event) -> Iterable[Outcome]:
        kind = Kind.TRANSFER_IN if event.units > 0 else Kind.TRANSFER_OUT
        found = self._parsed(event, kind, None)
        self.moved_units.append(
            found._replace(
                security=self.security(event.row),
                quantity=positive(event.row.units, "Antal", ","),
            )
        )
        return ()

    def rest(self) -> Iterator[Outcome]:
        return exchanged(self.moved_units)

    def _parsed(self, event: _Event, kind: Kind, amount: Decimal | None) -> ParsedTransaction:
        row = event.row
        return ParsedTransaction(
            event.line,
            event.when,
            kind,
            # Until 2023 without a column: accounts were in kronor.
            row.currency or "SEK",
            amount,
            has_time=False,
            description=f"{row.type} {row.text}".strip(),
            portfolio=row.account if self.has_several else "",
        )


_Reader = Callable[[_Transactions, _Event], Iterable[Outcome]]
_READERS: dict[str, _Reader] = {
    "köp": _Transactions.bought,
    "sälj": _Transactions.sold,
    "utdelning": _Transactions.dividend,
    "räntor": _Transactions.interest,
    "inlåningsränta": _Transactions.interest,
    "utlåningsränta": _Transactions.interest,
    "ränta": _Transactions.interest,
    "utländsk källskatt": _Transactions.tax,
    "källskatt": _Transactions.tax,
    "preliminärskatt": _Transactions.tax,
    "preliminär skatt": _Transactions.tax,
    "prelskatt utdelningar": _Transactions.tax,
    "preliminärskatt kapitalränta": _Transactions.tax,
    "adr-avgift": _Transactions.fee,
    "autogiroinsättning": _Transactions.moved,
    "intern överföring": _Transactions.moved,
    "tillgångsinsättning": _Transactions.moved,
    "värdepappersuttag": _Transactions.units_moved,
    "värdepappersinsättning": _Transactions.units_moved,
    "byte": _Transactions.units_moved,
    "insättning": _Transactions.moved,
    "uttag": _Transactions.moved,
    "värdepappersöverföring": _Transactions.units_moved,
    "övrigt": _Transactions.other,
}
# What the text of other money says it is.
_EXPLAINED = (
    (("skatt",), Kind.TAX),
    (("avgift", "courtage"), Kind.FEE),
    (("ränta",), Kind.INTEREST),
)


def _money(event: _Event) -> Decimal:
    return required(event.row.amount, "Belopp", ",")


class Avanza(TableImporter):
    format = "avanza"
    broker = "Avanza"
    tracks_cash = True
    columns = (
        *(("Datum",), (_ACCOUNT,), ("Typ av transaktion",), ("Värdepapper/beskrivning",)),
        *(("Antal",), ("Belopp",), ("Transaktionsvaluta", "Valuta")),
        *(("Courtage (SEK)", "Courtage"), ("Instrumentvaluta",), ("ISIN",)),
    )
    required = ("Datum", _ACCOUNT, "Typ av transaktion", "Värdepapper/beskrivning", "Belopp")
    rows = _Transactions
