"""Swissquote: transactions as CSV, in English, German or French.

``Date;Order #;Transaction;Symbol;Name;ISIN;Quantity;Unit price;Costs;Accrued Interest;Net Amount;Balance;
Currency``. Times are Swiss. One account holds several currencies, each with its own balance.

Quirks: the net amount has the costs in it; those of a dividend are the tax that was withheld. A dividend
may come with a quantity of 1 and the whole amount as price. A currency exchange is two rows with one order
number, at times with only one of them in the file. Accrued interest of a bond is paid to the seller,
so it is interest with the opposite sign of the trade. Order numbers are shared by partial executions.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pricing.assets import AssetType
from pricing.money import EXACT, ZERO
from pricing.readers import Header, Source, parse_instant
from transactions.importers.base import (
    Ignored,
    Outcome,
    ParsedTransaction,
    RowError,
    Security,
    Stated,
)
from transactions.importers.figures import number, positive, required, stated_balance, unit_price
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter
from transactions.kinds import CASH_SIGN, Kind

_ZURICH = ZoneInfo("Europe/Zurich")
_NO_ORDER = "00000000"


class _Row(NamedTuple):
    date: str
    order: str
    type: str
    symbol: str
    name: str
    isin: str
    quantity: str
    price: str
    costs: str
    accrued: str
    net: str
    currency: str
    # Newer files: the currency of all figures of the row where it is not that of the account.
    net_currency: str
    home_net: str
    balance: str


class _Event(NamedTuple):
    """A row with its cash: ``net`` is signed, the others are positive when paid."""

    line: int
    row: _Row
    when: datetime
    net: Decimal
    costs: Decimal
    accrued: Decimal

    @property
    def gross(self) -> Decimal:
        """Without costs and accrued interest, positive when it came in."""
        sign = 1 if self.net > 0 else -1
        return EXACT.subtract(EXACT.add(self.net, self.costs), self.accrued * sign)


class _Transactions(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        self.securities: dict[tuple[str, str], Security] = {}

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        row = _Row._make(cells)
        home = row.currency
        if row.net_currency:
            row = row._replace(currency=row.net_currency)
        read = _READERS.get(row.type.casefold())
        if read is None:
            known = ", ".join(_READERS)
            raise RowError(f"the transaction “{row.type}” is not known; known are {known}")
        if not row.currency:
            raise RowError("the column “Currency” is empty")
        when = parse_instant(row.date, "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y")
        event = _Event(
            line,
            row,
            when.replace(tzinfo=_ZURICH),
            required(row.net, "Net Amount"),
            (number(row.costs) or ZERO).copy_abs(),
            (number(row.accrued) or ZERO).copy_abs(),
        )
        return [*read(self, event), *_paid_in(event, home), *_stated(event, home)]

    def security(self, row: _Row) -> Security:
        if not row.isin and not row.symbol:
            raise RowError("the columns “Symbol” and “ISIN” are empty")
        key = (row.symbol, row.isin)
        if key not in self.securities:
            self.securities[key] = Security(
                row.symbol, row.isin, row.name, AssetType.OTHER, row.currency
            )
        return self.securities[key]

    def traded(self, event: _Event) -> Iterable[Outcome]:
        kind = Kind.BUY if event.net < 0 else Kind.SELL
        quantity, amount = positive(event.row.quantity, "Quantity"), event.gross.copy_abs()
        yield self._of_share(event, kind, amount)._replace(
            quantity=quantity, price=unit_price(amount, quantity), fee=event.costs
        )
        if event.accrued:
            paid = event.accrued if kind is Kind.SELL else event.accrued.copy_negate()
            yield self._of_share(event, Kind.INTEREST, paid)

    def dividend(self, event: _Event) -> Iterable[Outcome]:
        yield self._of_share(event, Kind.DIVIDEND, event.gross)._replace(tax=event.costs)

    def returned(self, event: _Event) -> Iterable[Outcome]:
        found = self._of_share(event, Kind.RETURN_OF_CAPITAL, event.gross)
        yield found._replace(fee=event.costs)

    def _of_share(self, event: _Event, kind: Kind, amount: Decimal) -> ParsedTransaction:
        return _parsed(event, kind, amount)._replace(security=self.security(event.row))

    def interest(self, event: _Event) -> Iterable[Outcome]:
        """On the account, or on a bond."""
        found = _parsed(event, Kind.INTEREST, event.gross)._replace(tax=event.costs)
        yield found._replace(security=self.security(event.row)) if event.row.isin else found

    def fee(self, event: _Event) -> Iterable[Outcome]:
        yield _parsed(event, Kind.FEE, event.net.copy_negate())

    def tax(self, event: _Event) -> Iterable[Outcome]:
        found = _parsed(event, Kind.TAX, event.net.copy_negate())
        yield found._replace(security=self.security(event.row)) if event.row.isin else found

    def moved(self, event: _Event) -> Iterable[Outcome]:
        if not event.net:
            yield Ignored(event.line, "a booking of 0.00")
            return
        kind = Kind.DEPOSIT if event.net > 0 else Kind.WITHDRAWAL
        yield _parsed(event, kind, event.gross * CASH_SIGN[kind])._replace(fee=event.costs)

    def exchanged(self, event: _Event) -> Iterable[Outcome]:
        kind = Kind.TRANSFER_IN if event.net > 0 else Kind.TRANSFER_OUT
        order = event.row.order
        group = f"forex-{event.row.date if order in ('', _NO_ORDER) else order}"
        found = _parsed(event, kind, event.gross * CASH_SIGN[kind])
        yield found._replace(fee=event.costs, group=group)


def _paid_in(event: _Event, home: str) -> Iterable[Outcome]:
    """The exchange with which the bank settles a row in another currency than the account's."""
    settled = number(event.row.home_net)
    if event.row.currency == home or not settled:
        return []
    if not home:
        raise RowError("the column “Currency” is empty")
    foreign = _parsed(event, Kind.TRANSFER_IN, event.net.copy_abs())
    own = _parsed(event, Kind.TRANSFER_OUT, settled.copy_abs())._replace(currency=home)
    if event.net > 0:
        foreign, own = (
            foreign._replace(kind=Kind.TRANSFER_OUT),
            own._replace(kind=Kind.TRANSFER_IN),
        )
    group = f"settled-{event.line}"
    return [foreign._replace(group=group), own._replace(group=group)]


def _stated(event: _Event, home: str) -> Iterable[Stated]:
    """The balance of the account in which the row was settled."""
    balance = stated_balance(event.row.balance)
    if balance is None:
        return []
    is_foreign = bool(home) and home != event.row.currency
    change = stated_balance(event.row.home_net) if is_foreign else event.net
    return [Stated(event.line, event.when, balance, home or event.row.currency, change=change)]


def _parsed(event: _Event, kind: Kind, amount: Decimal) -> ParsedTransaction:
    row = event.row
    return ParsedTransaction(
        event.line, event.when, kind, row.currency, amount, description=row.type
    )


_Reader = Callable[[_Transactions, _Event], Iterable[Outcome]]


def _words(reader: _Reader, *words: str) -> dict[str, _Reader]:
    return dict.fromkeys(words, reader)


_READERS: dict[str, _Reader] = {
    **_words(_Transactions.traded, "buy", "sell", "kauf", "verkauf", "achat", "vente"),
    **_words(_Transactions.traded, "redemption", "rückzahlung", "remboursement"),
    **_words(_Transactions.dividend, "dividend", "dividende", "capital gain", "kapitalgewinn"),
    **_words(_Transactions.dividend, "distribution", "ausschüttung"),
    **_words(_Transactions.returned, "return of capital", "capital repayment"),
    **_words(_Transactions.returned, "kapitalrückzahlung", "remboursement de capital"),
    **_words(
        _Transactions.interest,
        "interests",
        "interest",
        "zinsen",
        "zins",
        "intérêts",
        "zinsen auf belastungen",
        "zinsen auf einlagen",
        "wertpapierleihe",
    ),
    **_words(_Transactions.interest, "coupon", "interests on account"),
    **_words(_Transactions.fee, "custody fees", "depotgebühren", "frais de garde"),
    **_words(_Transactions.fee, "droits de garde", "fees tax statement", "fees", "gebühren"),
    **_words(_Transactions.fee, "spesen steuerauszug", "frais", "correction stock exchange fees"),
    **_words(_Transactions.fee, "berichtigung börsengeb.", "depotgebühr", "jahresgebühr"),
    **_words(_Transactions.fee, "kommission am"),
    **_words(_Transactions.tax, "tax", "withholding tax", "verrechnungssteuer", "impôt anticipé"),
    **_words(_Transactions.tax, "tax refund", "steuern", "quellensteuer"),
    **_words(_Transactions.moved, "credit", "debit", "payment", "deposit", "withdrawal"),
    **_words(_Transactions.moved, "gutschrift", "belastung", "vergütung", "einzahlung"),
    **_words(_Transactions.moved, "auszahlung", "zahlung", "crédit", "débit", "versement"),
    **_words(_Transactions.moved, "paiement", "retrait", "reimbursement"),
    **_words(_Transactions.moved, "twint", "kartentransaktion"),
    **_words(_Transactions.exchanged, "forex credit", "forex debit", "forex-gutschrift"),
    **_words(_Transactions.exchanged, "forex-belastung", "crédit forex", "débit forex"),
    **_words(_Transactions.exchanged, "fx credit comp.", "fx debit comp.", "fx-gutschrift comp."),
    **_words(_Transactions.exchanged, "fx-belastung comp.", "crédit fx comp.", "débit fx comp."),
}


class Swissquote(TableImporter):
    format = "swissquote"
    broker = "Swissquote"
    tracks_cash = True
    columns = (
        ("Date", "Datum"),
        ("Order #", "Auftrag #", "Ordre #"),
        ("Transaction", "Transaktionen", "Transaktion", "Transactions"),
        ("Symbol", "Symbole"),
        ("Name", "Nom"),
        ("ISIN",),
        ("Quantity", "Anzahl", "Quantité"),
        ("Unit price", "Stückpreis", "Prix unitaire"),
        ("Costs", "Kosten", "Coûts"),
        ("Accrued Interest", "Aufgelaufene Zinsen", "Intérêts courus"),
        ("Net Amount", "Nettobetrag", "Montant net"),
        ("Currency", "Währung", "Devise", "Monnaie"),
        ("Währung Nettobetrag", "Net Amount Currency", "Currency Net Amount"),
        (
            *("Nettobetrag in der Währung des Kontos", "Nettobetrag in Kontowährung"),
            *("Net Amount in the currency of the account", "Net Amount in account currency"),
        ),
        ("Balance", "Saldo", "Solde"),
    )
    required = ("Date", "Order #", "Transaction", "ISIN", "Costs", "Net Amount", "Currency")
    rows = _Transactions
