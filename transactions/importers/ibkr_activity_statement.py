"""Interactive Brokers: Activity Statement, CSV.

Source: Client Portal, Performance & Reports, Statements, Activity, format CSV; also from the brokers
that sell its accounts under their own name. One file holds all sections of the statement, every line with
the name of its section and ``Header``, ``Data``, ``SubTotal`` or ``Total`` in front. A section may have
several headings with other columns (shares, options, exchanges), and statements of several accounts may
follow each other or share their sections in a column of accounts.

Quirks: of a trade only the order counts; its executions and the lots that it closed repeat it. There are no
ids. The ISIN, the name and the multiplier of an instrument stand in “Financial Instrument Information”,
the instrument of a dividend only in its text. The commission of an exchange is in the base currency.
Numbers are written the English way in every language.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from pricing.money import ONE, ZERO, is_isin
from pricing.readers import Header, ImporterError, Source
from transactions.importers import ibkr_activity_words as words
from transactions.importers.base import Ignored, Importer, Outcome, Rejected, RowError
from transactions.importers.figures import RAW_LENGTH
from transactions.importers.ibkr_activity_positions import last_day, reported
from transactions.importers.ibkr_flex_statement import DERIVATIVES, REPORTS, number
from transactions.importers.ibkr_records import option_symbol, outcomes_of, statement_of
from transactions.importers.xml_reader import Element

_BASE = re.compile(
    r'^"?[^",;\t]+"?[,;\t]"?Data"?[,;\t]"?([^",;\t]+)"?[,;\t]"?([A-Z]{3})"?[,;\s]*$', re.MULTILINE
)
_OTHER_REPORTS = frozenset({"transaction history", "introduction"})
_CODE_OF_CURRENCY = re.compile(r"[A-Za-z]{3}")
# “AAPL(US0378331005) Cash Dividend …”: what the text is about.
_ABOUT = re.compile(r"\s*([^()]+?)\s*\([A-Z0-9]{7,12}\)")
# “… (RGLD.CAD, ROYAL GOLD INC, US7802871084)” at the end: whose units a corporate action moves.
_OWN = re.compile(r"\(([^(),]+), (?:.+), ([A-Z0-9]{6,12})?\)\s*$")
# “U1234567”, masked “U***34567”, or with what its owner calls it behind.
_ACCOUNT = re.compile(r"([A-Z]+[\d*]+)(?: \(.*\))?")
_INCOME = frozenset({"Dividends", "Payment In Lieu Of Dividends", "Withholding Tax"})
_ORDER, _EXECUTIONS = "Order", frozenset({"Trade", "Execution"})
_LEVELS = {"ClosedLot": "CLOSED_LOT", "WashSale": "WASH_SALE"}
_SEPARATE_CODES = re.compile(r"[;,\s]+")
_CONTRACT = Decimal(100)


class IbkrActivityStatement(Importer):
    format: ClassVar[str] = "ibkr-activity"
    broker: ClassVar[str] = "Interactive Brokers"
    tracks_cash: ClassVar[bool] = True

    def recognises(self, source: Source) -> bool:
        return _first_line(source) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = _first_line(source)
        if header is None:
            raise ImporterError(
                "The lines of an Activity Statement (Section,Header,…) are missing."
            )
        lines = _Lines()
        # The first line is a record as all others are, so reading begins above it.
        for line, cells in source.records(Header([], 0, header.delimiter)):
            lines.read(line, list(map(str.strip, cells)))
        if not lines.has_events:
            raise ImporterError(
                "The statement has no section with transactions (Trades, Dividends, …);"
                " export an Activity Statement with all sections."
            )
        elements = lines.complete()
        statement = statement_of(elements, self.account_currency(source))
        yield from lines.outcomes
        yield from outcomes_of(statement, lines.rows)

    def account_currency(self, source: Source) -> str:
        for found in _BASE.finditer(source.head):
            if found[1].strip().casefold() in words.BASE_CURRENCY:
                return found[2]
        return ""


def _first_line(source: Source) -> Header | None:
    """The first heading, if it is one of a statement: “Statement,Header,…” or “Trades,Header,…”."""
    header = source.find_header(lambda cells: len(cells) > 2 and cells[1] == "Header")
    if header is None:
        return None
    section = header.cells[0].casefold()
    if section == "statement":
        others = re.finditer(
            r'^"?([^",;\t]+)"?[,;\t]"? ?Header ?"?[,;\t]', source.head, re.MULTILINE
        )
        names = {found[1].strip().casefold() for found in others}
        return None if names & _OTHER_REPORTS else header
    known = section in words.SECTIONS or section in words.CASH_SECTIONS
    return header if known or "DataDiscriminator" in header.cells else None


class _Lines:
    """The lines of a file one after the other: records become elements, the others are ignored."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.elements: list[Element] = []
        self.rows: dict[int, list[str]] = {}
        self.has_events = False
        self._account = ""
        self._day = ""
        self._columns: dict[str, tuple[list[str], list[int]]] = {}
        self._commission = ""
        # The symbols and sides of which orders are in the file.
        self._orders: set[tuple[str, bool]] = set()
        self._multipliers: dict[str, str] = {}
        self._symbols: set[str] = set()
        self._categories: dict[str, str] = {}

    def read(self, line: int, cells: list[str]) -> None:
        section = cells[0].casefold()
        kind = cells[1] if len(cells) > 1 else ""
        if kind == "Header":
            self._head(section, cells)
            self._ignore(line, "heading of a section")
        elif kind in {"SubTotal", "Total"}:
            self._ignore(line, "total of a section")
        elif section in words.CHARGES:
            self._ignore(line, "charge that is in the commission of its trade")
        elif section in words.UNREAD:
            self._records(line, cells, f"{words.UNREAD[section]} are not supported yet")
        elif section in words.SECTIONS or section in words.CASH_SECTIONS:
            self._known(line, section, kind, cells)
        elif self._moves_cash(section):
            self._records(
                line,
                cells,
                f"the section “{cells[0]}” is not known; if it has transactions, report it",
            )
        elif section:
            self._report(line, section, kind, cells)
            self._ignore(line, f"section {cells[0]}, which is not known to carry transactions")
        else:
            self._ignore(line, "line that belongs to no section")

    def _ignore(self, line: int, rule: str) -> None:
        self.outcomes.append(Ignored(line, rule))

    def _reject(self, line: int, cells: list[str], reason: str) -> None:
        self.outcomes.append(Rejected(line, reason, ",".join(cells)[:RAW_LENGTH]))

    def _records(self, line: int, cells: list[str], reason: str) -> None:
        if _is_total(cells):
            self._ignore(line, "total of a section")
        else:
            self._reject(line, cells, reason)

    def _head(self, section: str, cells: list[str]) -> None:
        if section == "statement" and cells[2].casefold() not in words.LANGUAGES:
            known = ", ".join(words.LANGUAGES.values())
            raise ImporterError(
                f"The language of the statement (“{cells[2]}”) is not read; read are {known}."
                " Set the language of the Client Portal to English and export it again."
            )
        names = [cell.casefold() for cell in cells[2:]]
        columns = [(words.COLUMNS.get(name, ""), at) for at, name in enumerate(names, 2)]
        columns = [
            ("code" if name == "symbol" and name in dict(columns[:number]) else name, at)
            for number, (name, at) in enumerate(columns)
        ]
        if section in words.CASH_SECTIONS and "amount" not in dict(columns):
            # Spanish has one word for both.
            columns = [("amount" if name == "quantity" else name, at) for name, at in columns]
        if words.SECTIONS.get(section) == words.TRADES:
            self._commission = ""
        for at, cell in enumerate(cells[2:], 2):
            found = words.COMMISSION_IN.fullmatch(cell)
            if found:
                columns += [("ibCommission", at)]
                self._commission = found[1].upper()
        columns = [(name, at) for name, at in columns if name] or [("", 0)]
        self._columns[section] = ([name for name, _ in columns], [at for _, at in columns])
        if section in words.CASH_SECTIONS or words.SECTIONS.get(section) in {
            words.TRADES,
            words.ACTIONS,
            words.TRANSFERS,
        }:
            self.has_events = True

    def _moves_cash(self, section: str) -> bool:
        """Whether lines of an unknown section look like bookings: a day, a text, an amount of money."""
        names = set(self._columns[section][0]) if section in self._columns else set()
        return {"currency", "description", "amount"} <= names and bool(
            names & {"date", "settleDate"}
        )

    def _known(self, line: int, section: str, kind: str, cells: list[str]) -> None:
        meaning = words.SECTIONS.get(section, "")
        if kind != "Data":
            self._reject(line, cells, f"the kind of line “{kind}” is not known; expected is Data")
        elif meaning == words.ACCOUNT:
            self._learn_account(cells)
            self._ignore(line, "section that reports on the account")
        elif section not in self._columns:
            self._reject(line, cells, f"the section “{cells[0]}” has no heading (Header) above it")
        elif meaning != words.INSTRUMENTS and _is_total(cells):
            self._ignore(line, "total of a section")
        else:
            self._record(line, meaning or words.CASH_SECTIONS[section], section, cells)

    def _report(self, line: int, section: str, kind: str, cells: list[str]) -> None:
        """Lines that say what is held. They are no events, so nothing of them is rejected."""
        meaning = words.REPORTS.get(section) if kind == "Data" else None
        if meaning == words.STATEMENT and len(cells) > 3 and cells[2].casefold() in words.PERIOD:
            self._day = last_day(cells[3])
        elif meaning in REPORTS and section in self._columns and not _is_total(cells):
            values = self._values(section, cells)
            try:
                self._name_instrument(values)
            except RowError:
                # Nobody knows the units of a contract of an unknown category.
                values["quantity"] = ""
            row = reported(line, meaning, values, self._day)
            self.elements += [row] if row else []

    def _learn_account(self, cells: list[str]) -> None:
        if len(cells) > 3 and cells[2].casefold() in words.ACCOUNT_NUMBER:
            # Nothing for “U1234567, U7654321”: there the lines name their account.
            number_of = _ACCOUNT.fullmatch(cells[3])
            self._account = number_of[1] if number_of else ""

    def _record(self, line: int, meaning: str, section: str, cells: list[str]) -> None:
        values = self._values(section, cells)
        try:
            self._add(line, meaning, cells, values)
        except RowError as error:
            self._reject(line, cells, str(error))

    def _values(self, section: str, cells: list[str]) -> dict[str, str]:
        names, positions = self._columns[section]
        if len(cells) <= max(positions):
            # Cut short by a spreadsheet program, which drops blank cells at the end.
            cells += [""] * (max(positions) + 1 - len(cells))
        values = dict(zip(names, map(cells.__getitem__, positions), strict=True))
        if not values.get("accountId"):
            values["accountId"] = self._account
        return values

    def _name_instrument(self, values: dict[str, str]) -> None:
        if values.get("assetCategory"):
            values["assetCategory"] = self._category(values["assetCategory"])
        if values.get("assetCategory") in DERIVATIVES and values.get("symbol"):
            values["symbol"] = option_symbol(values["symbol"])

    def _add(self, line: int, meaning: str, cells: list[str], values: dict[str, str]) -> None:
        self._name_instrument(values)
        if meaning == words.INSTRUMENTS:
            self._instrument(line, values)
            return
        tag = meaning
        if meaning == words.TRADES:
            self._trade(values)
        elif meaning == words.ACTIONS:
            _name_action(values)
        elif meaning == words.TRANSFERS:
            stated = values.get("direction", "")
            values["direction"] = words.DIRECTIONS.get(stated, stated.upper().strip("-"))
        else:
            tag = "CashTransaction"
            values["type"] = meaning
        self.rows[line] = cells
        self.elements.append(Element(tag, line, "", values))

    def _category(self, stated: str) -> str:
        code = self._categories.get(stated)
        if code is None:
            # “Stocks - Held with Interactive Brokers (U.K.) Limited carried by …” are stocks.
            code = words.CATEGORIES.get(stated.partition(" - ")[0].casefold(), "")
            self._categories[stated] = code
        if not code:
            raise RowError(f"the asset category “{stated}” is not known")
        return code

    def _instrument(self, line: int, values: dict[str, str]) -> None:
        """One instrument may have several symbols: “CSPX, SXR8”."""
        self._ignore(line, "name of an instrument, used with its transactions")
        if is_isin(values.get("securityID", "")):
            values["isin"] = values["securityID"]
        for symbol in values.get("symbol", "").split(","):
            named = values | {"symbol": option_symbol(symbol.strip())}
            self._symbols.add(named["symbol"])
            if values.get("multiplier"):
                self._multipliers[named["symbol"]] = values["multiplier"]
            self.elements.append(Element("SecurityInfo", line, "", named))

    def _trade(self, values: dict[str, str]) -> None:
        level = values.get("levelOfDetail", _ORDER)
        if level == _ORDER:
            self._orders.add(_side(values))
            values["levelOfDetail"] = "ORDER"
        elif level in _EXECUTIONS:
            values["levelOfDetail"] = "EXECUTION"
        elif level in _LEVELS:
            values["levelOfDetail"] = _LEVELS[level]
        else:
            known = ", ".join([_ORDER, *sorted(_EXECUTIONS), *_LEVELS])
            raise RowError(f"the kind of trade “{level}” is not known; known are {known}")
        if values.get("assetCategory") == "CASH" and self._commission:
            values["ibCommissionCurrency"] = self._commission
        code = values.get("code", "")
        if "Ca" in code and "Ca" in _SEPARATE_CODES.split(code):
            # A cancelled purchase takes units away, so its sign is that of a sale.
            away = values.get("quantity", "").startswith("-")
            values["buySell"] = "BUY (Ca.)" if away else "SELL (Ca.)"
        self._symbols.add(values.get("symbol", ""))

    def complete(self) -> list[Element]:
        """The records with what only the whole file tells: multipliers, and which trades count."""
        kept: list[Element] = []
        for element in self.elements:
            values = element.values
            if element.tag == words.TRADES and values.get("levelOfDetail") == "EXECUTION":
                if _side(values) in self._orders:
                    self._ignore(element.line, "execution of an order that is in the file")
                    continue
                if self._orders:
                    # Of one kind with the others, of which only the finest would count.
                    values["levelOfDetail"] = "ORDER"
            elif element.tag == "CashTransaction":
                self._name_cash(values)
            if values.get("assetCategory") in DERIVATIVES and not values.get("multiplier"):
                values["multiplier"] = self._multipliers.get(
                    values.get("symbol", "")
                ) or _multiplier(element)
            kept.append(element)
        return kept

    def _name_cash(self, values: dict[str, str]) -> None:
        """What a booking is about stands in its text, before the number of the instrument."""
        if values["type"] == "Deposits & Withdrawals" or values.get("symbol"):
            return
        text = values.get("description", "")
        about = _ABOUT.match(text)
        first = about[1] if about else text.partition(" ")[0]
        if about or (first in self._symbols and values["type"] in _INCOME):
            values["symbol"] = first


def _side(values: dict[str, str]) -> tuple[str, bool]:
    """What is traded, and whether it is sold."""
    return values.get("symbol", ""), values.get("quantity", "").startswith("-")


def _is_total(cells: list[str]) -> bool:
    """“Dividends,Data,Total in EUR,…”: the first column of a sum is no currency and no category."""
    first = cells[2].casefold() if len(cells) > 2 else ""
    return first.startswith(words.TOTALS)


def _name_action(values: dict[str, str]) -> None:
    """What a corporate action is and whose units it moves, both told by its text only."""
    text = values.get("description", "")
    event = text.rpartition(" (")[0] or text
    for pattern, code in words.ACTION_WORDS:
        if pattern.search(event):
            values["type"] = code
            break
    else:
        raise RowError(f"the corporate action “{text}” is not known")
    own = _OWN.search(text)
    if own:
        values["symbol"] = option_symbol(own[1].strip())
        if own[2]:
            values["securityID"] = own[2]
            values["isin"] = own[2] if is_isin(own[2]) else ""


def _multiplier(element: Element) -> str:
    """The units of a contract that the file does not name, by what its trade cost."""
    category = element.values["assetCategory"]
    try:
        quantity, price = number(element, "quantity"), number(element, "tradePrice")
        proceeds = number(element, "proceeds")
    except RowError:
        # Said again, with the line, when the trade itself is read.
        return "1"
    if quantity and price and proceeds:
        ratio = abs(proceeds / (quantity * price)).quantize(ONE)
        if ratio > ZERO:
            return str(ratio)
    return str(_CONTRACT) if category in {"OPT", "FOP"} else "1"
