"""From a file to rows as they would be stored; what cannot be stored becomes a reject, not an error."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pricing.money import LARGEST, ZERO, to_amount, to_quantity
from pricing.readers import Source, printable
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    Rejected,
    Security,
    Stated,
)
from transactions.kinds import MOVES_UNITS, Kind
from transactions.matching import Row, Verdict
from transactions.running_balances import Checked, check

Progress = Callable[[str, int, int], None]
PROGRESS_EVERY = 20_000
NEVER_NEGATIVE = frozenset({Kind.BUY, Kind.SELL})
# These move units if there is an instrument, else money.
TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
CURRENCY_LENGTHS = (2, 12)
LONGEST_ID = 100
MILLIONTH = Decimal("1e-6")
QUANTITY_DECIMALS = 18


@dataclass(frozen=True, slots=True)
class Note:
    """What became of one record, and why."""

    line: int
    verdict: Verdict
    detail: str
    raw: str = ""


@dataclass(slots=True)
class Statement:
    """What one depot of a file says: its transactions, the records that became none, its balances."""

    portfolio: str
    parsed: list[ParsedTransaction] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    checked: Checked = field(default_factory=Checked)


def read_statements(source: Source, importer: Importer, progress: Progress) -> dict[str, Statement]:
    """Parse the whole file; the statements of its depots, the main one first.

    A record for which the importer gave no outcome is a reject that says so: nothing vanishes.
    """
    main = Statement("")
    statements = {"": main}
    seen: set[int] = set()
    total = source.data.count(b"\n")
    for number, outcome in enumerate(importer.parse(source)):
        if number % PROGRESS_EVERY == 0:
            progress("Reading", number, total)
        if type(outcome) is ParsedTransaction:
            _of(statements, outcome.portfolio).parsed.append(outcome)
            if outcome.merged_lines:
                seen.update(outcome.merged_lines)
        elif type(outcome) is Stated:
            # It accounts for no record: the outcome of its row comes beside it.
            _of(statements, outcome.portfolio).stated.append(outcome)
            continue
        else:
            main.notes.append(_note(outcome))
        seen.add(outcome.line)
    main.notes += _forgotten(source, seen, importer.broker)
    _check_balances(statements.values(), main.notes)
    return {
        name: found
        for name, found in statements.items()
        if name or found.parsed or found.stated or main.notes or len(statements) == 1
    }


def _of(statements: dict[str, Statement], portfolio: str) -> Statement:
    found = statements.get(portfolio)
    if found is None:
        found = statements[portfolio] = Statement(portfolio)
    return found


def _note(outcome: Outcome) -> Note:
    if isinstance(outcome, Rejected):
        return Note(outcome.line, Verdict.REJECTED, outcome.reason, outcome.raw)
    assert isinstance(outcome, Ignored)
    return Note(outcome.line, Verdict.IGNORED, outcome.rule)


def _check_balances(statements: Iterable[Statement], notes: Sequence[Note]) -> None:
    ignored = {note.line for note in notes if note.verdict is Verdict.IGNORED}
    rejected = {note.line for note in notes if note.verdict is Verdict.REJECTED}
    for statement in statements:
        if statement.stated:
            statement.checked = check(statement.parsed, statement.stated, ignored, rejected)


def _forgotten(source: Source, seen: Set[int], broker: str) -> Iterator[Note]:
    for line in source.record_lines:
        if line not in seen:
            reason = f"the {broker} importer did not account for this row"
            yield Note(line, Verdict.REJECTED, reason)


class RowBuilder:
    """Turns what an importer said into rows of one account."""

    def __init__(self, time_zone: str, tickers: Mapping[Security, str]) -> None:
        self.zone = ZoneInfo(time_zone)
        self.is_utc = time_zone == "UTC"
        self.tickers = tickers
        # Security objects are shared between the rows of a file; hashing five strings is not.
        self._by_id: dict[int, str] = {}
        self._days: dict[date, date] = {}
        self._currencies: set[str] = set()
        self._rows_of_day: dict[date, int] = {}

    def build(self, statement: Statement) -> list[Row]:
        """The rows sorted by instant; rows that cannot be stored move to the statement's notes."""
        parsed = statement.parsed
        places: Sequence[int] = range(len(parsed))
        if any(one.order for one in parsed):
            places = sorted(places, key=lambda place: parsed[place].order)
        elif self._is_newest_first(parsed):
            places = places[::-1]
        rows: list[Row] = []
        for index in places:
            one = parsed[index]
            try:
                rows.append(self._row(one))
            except ValueError as error:
                statement.notes.append(
                    Note(one.line, Verdict.REJECTED, str(error), one.description)
                )
            # Half of the memory of a large import is in here; let it go as we walk.
            parsed[index] = None  # type: ignore[call-overload]
        parsed.clear()
        rows.sort(key=_instant_of)
        return rows

    def _is_newest_first(self, parsed: list[ParsedTransaction]) -> bool:
        if not parsed:
            return False
        try:
            return self.instant(parsed[0].when) > self.instant(parsed[-1].when)
        except (ValueError, OverflowError):
            return False

    # In one piece, because every call here is made for each row of a large file.
    def _row(self, one: ParsedTransaction) -> Row:  # noqa: C901
        (line, when, kind, currency, amount, security, quantity, price, fee, fee_currency, tax,
         fx_rate, has_time, external_id, group, description, merged_lines, _, _) = one  # fmt: skip
        at = self.instant(when)
        day = at.date() if self.is_utc else at.astimezone(self.zone).date()
        ticker = None
        if security is not None:
            ticker = self._by_id.get(id(security)) or self._ticker(security)
        if kind in MOVES_UNITS:
            _check_units(kind, ticker, quantity)
        # Rounded here and not by the database, which rounds halves up: a row has to be found again
        # when its file is imported once more.
        if quantity is not None:
            quantity = _held(quantity)
            if not ZERO < quantity < LARGEST:
                _check_quantity(kind, quantity)
        if amount is not None:
            amount = _money(kind, amount)
        if price is not None:
            price = _held(price)
            if not ZERO <= price < LARGEST:
                _check_price(price)
        if fx_rate is not None:
            fx_rate = _held(fx_rate)
            if not ZERO < fx_rate < LARGEST:
                raise ValueError(f"the exchange rate {fx_rate} must be above zero")
        if not description.isprintable():
            description = printable(description)
        if (
            fee is not ZERO
            or tax is not ZERO
            or fee_currency
            or external_id
            or currency not in self._currencies
        ):
            fee, tax = to_amount(fee), to_amount(tax)
            self._check_rest(one, fee, tax)
        # Counted within the day: overlapping files then give a day's rows the same places.
        sequence = self._rows_of_day.get(day, 0)
        self._rows_of_day[day] = sequence + 1
        return Row(
            at, self._days.setdefault(day, day), kind, ticker, quantity, price, amount, currency,
            fee, fee_currency, tax, fx_rate, has_time, external_id, group, description, line,
            merged_lines, sequence,
        )  # fmt: skip

    def _ticker(self, security: Security) -> str:
        ticker = self.tickers.get(security)
        if ticker is None:
            name = security.ticker or security.isin
            raise ValueError(f"“{name[:60]}” cannot be the name of an instrument")
        self._by_id[id(security)] = ticker
        return ticker

    def _check_rest(self, one: ParsedTransaction, fee: Decimal, tax: Decimal) -> None:
        """What the database would refuse for the whole file is refused for its row."""
        for currency in (one.currency, one.fee_currency or one.currency):
            if not is_currency(currency):
                raise ValueError(f"“{printable(currency[:40])}” is not a currency")
        for number in (fee, tax):
            if not -LARGEST < number < LARGEST:
                raise ValueError(f"the number {number} is too large to be stored")
        if not one.external_id.isprintable():
            raise ValueError("the id holds characters that cannot be stored")
        if len(one.external_id) > LONGEST_ID:
            raise ValueError(
                f"the id “{one.external_id[:40]}…” is longer than {LONGEST_ID} characters"
            )
        self._currencies.add(one.currency)

    def instant(self, when: datetime) -> datetime:
        """The instant in UTC; raises ValueError for a year that is a mistake."""
        if not EARLIEST_YEAR <= when.year <= LATEST_YEAR:
            raise ValueError(f"the date {when.isoformat()[:10]} is out of range")
        if when.tzinfo is UTC:
            return when
        if when.tzinfo is None:
            when = when.replace(tzinfo=self.zone)
        return when.astimezone(UTC)


def _instant_of(row: Row) -> datetime:
    return row.at


def is_currency(code: str) -> bool:
    """Whether the text can be stored as a currency; which ones exist is the importers' to know."""
    return CURRENCY_LENGTHS[0] <= len(code) <= CURRENCY_LENGTHS[1] and code.isprintable()


def _held(number: Decimal) -> Decimal:
    """The number at the 18 decimals that are stored."""
    if number > MILLIONTH and len(str(number)) <= QUANTITY_DECIMALS:
        # Nearly all, three times as fast. Smaller ones may be written with an exponent.
        return number
    rounded = to_quantity(number)
    return number if rounded == number else rounded


def _money(kind: Kind, amount: Decimal) -> Decimal:
    amount = to_amount(amount)
    if not -LARGEST < amount < LARGEST:
        raise ValueError(f"the amount {amount} is too large to be stored")
    if amount < ZERO and kind in NEVER_NEGATIVE:
        raise ValueError(f"the amount {amount} of a {kind.value} must not be negative")
    return amount


def _check_price(price: Decimal) -> None:
    what = "must not be negative" if price < ZERO else "is too large to be stored"
    raise ValueError(f"the price {price} {what}")


def _check_units(kind: Kind, ticker: str | None, quantity: Decimal | None) -> None:
    if kind in TRANSFERS and ticker is None:
        return
    if quantity is None:
        raise ValueError(f"a {kind.value} needs a quantity")
    if ticker is None:
        raise ValueError(f"a {kind.value} needs an instrument")


def _check_quantity(kind: Kind, quantity: Decimal) -> None:
    if abs(quantity) >= LARGEST:
        raise ValueError(f"the quantity {quantity} is too large to be stored")
    if kind is not Kind.SPLIT or not quantity:
        raise ValueError(f"the quantity {quantity} of a {kind.value} must be above zero")
