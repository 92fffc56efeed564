"""Revolut Invest: the account statement of the stock trading account, as CSV.

``Date,Ticker,Type,Quantity,Price per share,Total Amount,Currency,FX Rate``. The generations differ by
the day of the export, not of the trade, and are told apart cell by cell:

* 2021: ``10/03/2020 17:48:01``, plain numbers, types ``BUY``, ``SELL``, ``CUSTODY_FEE``. The times are UTC:
  exports of the same trades in the next generation carry the same hours with a ``Z``.
* 2022 to early 2025: ``2020-03-10T17:48:01.852420Z``, ``$1,020.29``, ``-$30.93``, ``BUY - MARKET`` ….
* since 2025: ``USD 1197.08``, ``USD -0.04``; more types (``REWARD``, ``RETURN OF CAPITAL`` …).
* statements of 2020: ``Trade Date,Settle Date,Currency,Activity Type,Symbol,Description,Quantity,Price,
  Amount`` with the clearing house's codes (``SSP``, ``CDEP`` …), US dates without time, (5.00) for -5.00.

Some exports write quantities with a decimal comma. Quirks: Total Amount is the cash and contains the
commission, so it is not quantity times price. There is no id and no ISIN, except that a bond's ISIN
stands in the place of the ticker. A dividend is net of tax; corrections of the tax follow as own rows.
A split has the number of *added* shares. ``TRANSFER FROM REVOLUT … TO REVOLUT …`` carries a quantity, but
is only the move to another company of the group. FX Rate is row currency per unit of the customer's
home currency, which the file does not name; 1 means that both are the same.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import chain, islice

from pricing.assets import AssetType
from pricing.money import (
    EXACT,
    ONE,
    ZERO,
    currency_in,
    is_isin,
    major_unit,
    parse_number,
)
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
from transactions.importers.revolut_cells import (
    Cells,
    Columns,
    Row,
    inverse_rate,
    is_month_first,
    iso_date,
    ungrouped,
)
from transactions.importers.revolut_corporate_actions import (
    Action,
    CorporateAction,
    checked,
    settle,
)
from transactions.kinds import Kind

# So many records decide the decimal mark of a column and the order of day and month.
SAMPLE = 200
# A date of at most so many characters (2020-08-31, 8/31/2020) has no time.
DAY_ONLY = 10

_INVEST = has_columns("Date", "Ticker", "Type", "Quantity", "Price per share", "Total Amount")
_STATEMENT = has_columns("Trade Date", "Activity Type", "Symbol", "Quantity", "Price", "Amount")

_MOVED_RULE = "move to another company of the Revolut group, holdings stay as they are"


_COLUMNS = Row(
    "Date", "Ticker", "Type", "Quantity", "Price per share", "Total Amount", "Currency", "FX Rate"
)
_STATEMENT_COLUMNS = Row(
    "Trade Date", "Symbol", "Activity Type", "Quantity", "Price", "Amount", "Currency", "FX Rate"
)


_Reader = Callable[[int, Cells], Outcome | None]


class RevolutInvest(Importer):
    format = "revolut-invest"
    broker = "Revolut"
    tracks_cash = True

    def recognises(self, source: Source) -> bool:
        return _header(source) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = _header(source)
        if header is None:
            raise ImporterError("The header line of a Revolut trading statement is missing.")
        records = source.records(header)
        sample = list(islice(records, SAMPLE))
        statement = _Statement(header, [cells for _, cells in sample])
        return statement.outcomes(chain(sample, records))


def _header(source: Source) -> Header | None:
    return source.find_header(lambda cells: _INVEST(cells) or _STATEMENT(cells))


class _Statement:
    """The state of reading one file: column positions, marks, and what rows share."""

    def __init__(self, header: Header, sample: list[list[str]]) -> None:
        is_statement = _STATEMENT(header.cells)
        self.columns = Columns(header, _STATEMENT_COLUMNS if is_statement else _COLUMNS, sample)
        self.month_first = is_month_first(self.columns.sample_dates, default=is_statement)
        self.readers: dict[str, _Reader] = {}
        self.securities: dict[tuple[str, str], tuple[Security, Decimal]] = {}
        self.shared: dict[Security, Security] = {}
        self.corporate_actions: list[CorporateAction] = []

    def outcomes(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Outcome]:
        # Local names: this loop and ``_trade`` are the speed of the import.
        columns, readers = self.columns, self.readers
        width, pick = columns.width, columns.pick
        for line, cells in records:
            try:
                row = pick(cells if len(cells) == width else columns.fitted(cells))
                read = readers.get(row[2]) or self._reader(row[2])
                outcome = read(line, row)
            except ValueError as error:
                outcome = Rejected(line, str(error), ",".join(cells))
            if outcome is not None:
                yield outcome
        yield from settle(self.corporate_actions)

    def _reader(self, text: str) -> _Reader:
        """What reads the rows of a type; rows of the same type then find it in ``readers``."""
        name = " ".join(text.upper().replace("_", " ").split())
        if not name:
            raise RowError("the type of the row is missing")
        if name.startswith("TRANSFER FROM ") and " TO " in name:
            name = "TRANSFER FROM … TO …"
        # Market, limit and stop orders do not differ in what they do to the position.
        rule = _RULES.get(name) or _RULES.get(name.split(" - ")[0] + " - …")
        if rule is None:
            raise RowError(f"the type “{text}” is not known; known are {', '.join(_RULES)}")
        method, kind = rule
        reader: _Reader = (
            partial(self._read, method, kind, name) if method else self._trade_reader(kind, name)
        )
        self.readers[text] = reader
        return reader

    def _read(
        self, method: "_Method", kind: Kind, name: str, line: int, row: Cells
    ) -> Outcome | None:
        return method(self, kind, name, line, Row._make(row))

    def _trade_reader(
        self, kind: Kind, description: str
    ) -> Callable[[int, Cells], ParsedTransaction]:
        """Reads purchases and sales, nine rows of ten in most files.

        What such rows share is bound here once, and the transaction is built by position: together
        that makes reading a file half as fast again.
        """
        known, security_of, when_of = self.securities.get, self._security, self._when
        columns = self.columns
        quantity_mark, price_mark = columns.quantity_mark, columns.price_mark
        total_mark, rate_mark = columns.total_mark, columns.rate_mark
        price_prefix, total_prefix = columns.price_prefix, columns.total_prefix

        def read(line: int, row: Cells) -> ParsedTransaction:
            date, ticker, _, quantity_cell, price_cell, total_cell, currency, rate = row
            total_cell = total_cell.removeprefix(total_prefix)
            price_cell = price_cell.removeprefix(price_prefix)
            if "," in total_cell or "," in price_cell:
                total_cell, price_cell = ungrouped(total_cell), ungrouped(price_cell)
            quantity = parse_number(quantity_cell, quantity_mark)
            amount = parse_number(total_cell, total_mark)
            price = parse_number(price_cell, price_mark)
            if not quantity:
                raise RowError("the quantity is missing")
            if amount is None:
                raise RowError("the total amount is missing")
            security, factor = known((ticker, currency)) or security_of(Row._make(row))
            if factor is not ONE:
                amount = EXACT.multiply(amount, factor)
                price = EXACT.multiply(price, factor) if price else None
            return ParsedTransaction._make(
                (
                    line,
                    when_of(date),
                    kind,
                    security.currency,
                    amount.copy_abs(),
                    security,
                    quantity.copy_abs(),
                    price.copy_abs() if price else None,
                    ZERO,
                    "",
                    ZERO,
                    inverse_rate(rate, rate_mark),
                    len(date) > DAY_ONLY,
                    "",
                    "",
                    description,
                    (),
                    "",
                    0,
                )
            )

        return read

    def _money(
        self, kind: Kind, description: str, line: int, row: Row, amount: Decimal
    ) -> ParsedTransaction:
        """Money in the direction of the kind; with a security where the row names one."""
        security = self._security(row)[0] if row.ticker.strip() else None
        currency, factor = self._currency(row)
        return ParsedTransaction(
            line=line,
            when=self._when(row.date),
            kind=kind,
            currency=currency,
            amount=EXACT.multiply(amount, factor),
            security=security,
            fx_rate=inverse_rate(row.rate, self.columns.rate_mark),
            has_time=len(row.date) > DAY_ONLY,
            description=description,
        )

    def _received(self, kind: Kind, description: str, line: int, row: Row) -> Outcome:
        """Income and deposits; a negative total takes an earlier one back."""
        return self._money(kind, description, line, row, self._total(row))

    def _withheld(self, kind: Kind, description: str, line: int, row: Row) -> Outcome:
        """Taxes: a negative total is paid, a positive one refunded."""
        return self._money(kind, description, line, row, self._total(row).copy_negate())

    def _paid(self, kind: Kind, description: str, line: int, row: Row) -> Outcome:
        # Negative in most generations, unsigned in some: the type alone tells the direction.
        return self._money(kind, description, line, row, self._total(row).copy_abs())

    def _refunded(self, kind: Kind, description: str, line: int, row: Row) -> Outcome:
        refund = self._total(row).copy_abs().copy_negate()
        return self._money(kind, description, line, row, refund)

    def _by_sign(self, kind: Kind, description: str, line: int, row: Row) -> Outcome:
        total = self._total(row)
        actual = Kind.WITHDRAWAL if total < 0 else kind
        return self._money(actual, description, line, row, total.copy_abs())

    def _reward(self, kind: Kind, description: str, line: int, row: Row) -> Outcome:
        if not parse_number(row.quantity, self.columns.quantity_mark):
            return self._received(kind, description, line, row)
        given = self._trade_reader(Kind.AIRDROP, description)(line, row)
        # A share that was given away has a market value; zero says only that nothing was paid.
        return given if given.amount else given._replace(amount=None)

    def _spun_off(self, kind: Kind, description: str, line: int, row: Row) -> Outcome:
        security, _ = self._security(row)
        quantity = parse_number(row.quantity, self.columns.quantity_mark)
        if not quantity:
            raise RowError("the quantity is missing")
        actual = Kind.TRANSFER_OUT if quantity < 0 else kind
        moved = self._money(actual, description, line, row, ZERO)
        # The part of the parent's cost that belongs to the new shares is not in the file.
        return moved._replace(amount=None, security=security, quantity=quantity.copy_abs())

    def _moved(self, kind: Kind, description: str, line: int, row: Row) -> Outcome:
        return Ignored(line, _MOVED_RULE)

    def _split(self, kind: Kind, description: str, line: int, row: Row) -> None:
        self._keep(Action.SPLIT, description, line, row)

    def _exchange(self, kind: Kind, description: str, line: int, row: Row) -> None:
        self._keep(Action.EXCHANGE, description, line, row)

    def _cashed_out(self, kind: Kind, description: str, line: int, row: Row) -> None:
        self._keep(Action.CASH, description, line, row)

    def _keep(self, action: Action, description: str, line: int, row: Row) -> None:
        security, factor = self._security(row)
        total = parse_number(row.total, self.columns.total_mark) or ZERO
        kept = CorporateAction(
            line=line,
            action=action,
            when=self._when(row.date),
            has_time=len(row.date) > DAY_ONLY,
            security=security,
            quantity=parse_number(row.quantity, self.columns.quantity_mark),
            amount=EXACT.multiply(total, factor),
            currency=security.currency,
            fx_rate=inverse_rate(row.rate, self.columns.rate_mark),
            description=description,
        )
        self.corporate_actions.append(checked(kept))

    def _total(self, row: Row) -> Decimal:
        total = parse_number(row.total, self.columns.total_mark)
        if total is None:
            raise RowError("the total amount is missing")
        return total

    def _security(self, row: Row) -> tuple[Security, Decimal]:
        """The security of a row, and the factor from its currency's minor unit."""
        found = self.securities.get((row.ticker, row.currency))
        if found is not None:
            return found
        ticker = row.ticker.strip()
        if not ticker:
            raise RowError("the ticker is missing")
        currency, factor = self._currency(row)
        if is_isin(ticker):
            security = Security(isin=ticker, asset_type=AssetType.BOND, currency=currency)
        else:
            security = Security(ticker=ticker, asset_type=AssetType.STOCK, currency=currency)
        found = self.shared.setdefault(security, security), factor
        # Not where the currency was taken from the total: the next row may have another one.
        if row.currency.strip():
            self.securities[row.ticker, row.currency] = found
        return found

    def _currency(self, row: Row) -> tuple[str, Decimal]:
        currency = row.currency.strip() or currency_in(row.total)
        if not currency:
            raise RowError("the currency is missing")
        return major_unit(currency)

    def _when(self, text: str) -> datetime:
        if "/" in text:
            text = iso_date(text, self.month_first)
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            # An hour of one digit is no ISO time.
            when = parse_instant(text.strip(), "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
        return when if when.tzinfo or len(text) <= DAY_ONLY else when.replace(tzinfo=UTC)


_Method = Callable[[_Statement, Kind, str, int, Row], Outcome | None]
# The names as Revolut writes them, then the clearing house's codes of the 2020 statements. No method
# stands for ``_trade_reader``.
_RULES: dict[str, tuple[_Method | None, Kind]] = {
    "BUY": (None, Kind.BUY),
    "BUY - …": (None, Kind.BUY),
    "SELL": (None, Kind.SELL),
    "SELL - …": (None, Kind.SELL),
    "DIVIDEND": (_Statement._received, Kind.DIVIDEND),
    "DIVIDEND TAX (CORRECTION)": (_Statement._withheld, Kind.TAX),
    "BOND COUPON": (_Statement._received, Kind.INTEREST),
    "INTEREST": (_Statement._received, Kind.INTEREST),
    "RETURN OF CAPITAL": (_Statement._received, Kind.RETURN_OF_CAPITAL),
    "REWARD": (_Statement._reward, Kind.INTEREST),
    "CASH TOP-UP": (_Statement._received, Kind.DEPOSIT),
    "CASH WITHDRAWAL": (_Statement._paid, Kind.WITHDRAWAL),
    "CASH TRANSFER": (_Statement._by_sign, Kind.DEPOSIT),
    "CUSTODY FEE": (_Statement._paid, Kind.FEE),
    "CUSTODY FEE REVERSAL": (_Statement._refunded, Kind.FEE),
    "ROBO MANAGEMENT FEE": (_Statement._paid, Kind.FEE),
    "STOCK SPLIT": (_Statement._split, Kind.SPLIT),
    "MERGER - STOCK": (_Statement._exchange, Kind.TRANSFER_IN),
    "MERGER - CASH": (_Statement._cashed_out, Kind.SELL),
    "POSITION CLOSURE": (_Statement._cashed_out, Kind.SELL),
    "SPINOFF": (_Statement._spun_off, Kind.TRANSFER_IN),
    "TRANSFER FROM … TO …": (_Statement._moved, Kind.TRANSFER_IN),
    "DIV": (_Statement._received, Kind.DIVIDEND),
    "DIVCGL": (_Statement._received, Kind.DIVIDEND),
    "DIVCGS": (_Statement._received, Kind.DIVIDEND),
    "DIVTXEX": (_Statement._received, Kind.DIVIDEND),
    "DIVROC": (_Statement._received, Kind.RETURN_OF_CAPITAL),
    "DIVNRA": (_Statement._withheld, Kind.TAX),
    "DIVFT": (_Statement._withheld, Kind.TAX),
    "DIVTW": (_Statement._withheld, Kind.TAX),
    "DIVFEE": (_Statement._withheld, Kind.FEE),
    "INT": (_Statement._received, Kind.INTEREST),
    "INTNRA": (_Statement._withheld, Kind.TAX),
    "CDEP": (_Statement._by_sign, Kind.DEPOSIT),
    # A deposit in the code list of the clearing house, a payout on Revolut's statements.
    "CSD": (_Statement._by_sign, Kind.DEPOSIT),
    "CSW": (_Statement._paid, Kind.WITHDRAWAL),
    "JNLC": (_Statement._by_sign, Kind.DEPOSIT),
    "FEE": (_Statement._withheld, Kind.FEE),
    "PTC": (_Statement._withheld, Kind.FEE),
    "PTR": (_Statement._withheld, Kind.FEE),
    "SSP": (_Statement._split, Kind.SPLIT),
    "MA": (_Statement._exchange, Kind.TRANSFER_IN),
    "MAS": (_Statement._exchange, Kind.TRANSFER_IN),
    "NC": (_Statement._exchange, Kind.TRANSFER_IN),
    "SC": (_Statement._exchange, Kind.TRANSFER_IN),
    "SSO": (_Statement._spun_off, Kind.TRANSFER_IN),
}
