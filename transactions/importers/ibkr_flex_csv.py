"""Interactive Brokers: Activity Flex Query, exported as CSV.

The same records as in XML, one section after another, each with a header line of the columns that the
query's author chose: the attributes of the XML under names of their own. With “header and trailer
records” every line begins with what it is (BOF, HEADER, DATA, EOS …) and the code of its section. Each
row becomes the element that the XML would have, and is read like it.

Refused as a whole: files without header lines, in which nobody can tell the columns.
"""

import csv
import re
from collections.abc import Iterator, Sequence

from pricing.money import is_isin
from pricing.readers import Header, ImporterError, Source
from transactions.importers.base import Ignored, Importer, Outcome, Rejected
from transactions.importers.figures import RAW_LENGTH
from transactions.importers.ibkr_flex_statement import BALANCE, POSITION, REPORTS, WANTED, Statement
from transactions.importers.ibkr_flex_xml import complete, in_order
from transactions.importers.xml_reader import Element

# Columns whose names are not those of the XML in other letters.
_RENAMED = {
    "clientaccountid": "accountId",
    "currencyprimary": "currency",
    "assetclass": "assetCategory",
    "subcategory": "subCategory",
    # Trades and taxes write it in two ways.
    "tradeid": "tradeID",
    "date/time": "dateTime",
    "notes/codes": "notes",
    "code": "code",
    "fromcurrency": "currency",
    "securityid": "securityID",
}
_ATTRIBUTES = {name.lower(): name for name in WANTED}
_LONGEST_NAME = 40
_FRAMES = frozenset({"BOF", "BOA", "BOS", "EOS", "EOA", "EOF"})
# What each section has and none before it, and the element and section of the XML.
_SECTIONS = (
    (frozenset({"endingCash"}), BALANCE, "CashReport"),
    (frozenset({"buySell"}), "Trade", "Trades"),
    (frozenset({"tradePrice"}), "Trade", "Trades"),
    (frozenset({"direction", "quantity"}), "Transfer", "Transfers"),
    (frozenset({"taxAmount"}), "TransactionTax", "TransactionTaxes"),
    (frozenset({"salesTax"}), "SalesTax", "SalesTaxes"),
    (frozenset({"type", "quantity"}), "CorporateAction", "CorporateActions"),
    (frozenset({"type", "amount"}), "CashTransaction", "CashTransactions"),
)
# A position is called a quantity here; its value is a column that nothing else has.
_OF_POSITIONS = frozenset({"quantity", "positionvalue"})
_DAY = re.compile(r"\d{8}(;\d{6})?|\d{4}-\d\d-\d\d.*")
_MARKS = frozenset({"BUY", "SELL", "Dividends", "Withholding Tax", "Deposits/Withdrawals"})


class IbkrFlexCsv(Importer):
    format = "ibkr-flex-csv"
    broker = "Interactive Brokers"
    tracks_cash = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_header) is not None or _has_no_header(source)

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_header)
        if header is None:
            raise ImporterError(
                "This Flex query has no header lines, so nobody can tell its columns. Switch on "
                "“Include column headers” in the query and export it again."
            )
        reader = _Sections(header)
        for line, cells in source.records(header):
            outcome = reader.read(line, [cell.strip() for cell in cells])
            if outcome is not None:
                yield outcome
        statement = Statement(Element("FlexStatement", header.line, "", {}))
        statement.elements = reader.elements
        complete([statement], reader.elements)
        yield from in_order([statement])


class _Sections:
    """Goes from section to section and gathers their rows as elements."""

    def __init__(self, header: Header) -> None:
        self.delimiter = header.delimiter
        self.elements: list[Element] = []
        self._begin(_without_frame(header.cells))

    def _begin(self, names: Sequence[str]) -> None:
        self.attributes = [_attribute(name) for name in names]
        known = set(self.attributes)
        found = next((one for one in _SECTIONS if one[0] <= known), None)
        self.tag, self.parent = found[1:] if found else ("", "")
        if not found and _folded(names) >= _OF_POSITIONS:
            self.tag, self.parent = POSITION, "OpenPositions"
            self.attributes[self.attributes.index("quantity")] = "position"

    def read(self, line: int, cells: list[str]) -> Outcome | None:
        if cells[0] in _FRAMES:
            return Ignored(line, "a line around the records")
        values = _without_frame(cells)
        if _is_header(cells):
            self._begin(values)
            return Ignored(line, "the header of a section")
        if not self.tag:
            columns = ", ".join(name for name in self.attributes if name)
            reason = f"the section is not known by its columns ({columns})"
            return Rejected(line, reason, self.delimiter.join(cells)[:RAW_LENGTH])
        found = {
            name: value
            for name, value in zip(self.attributes, values, strict=False)
            if name and value
        }
        self.elements.append(Element(self.tag, line, self.parent, found))
        if self.tag in REPORTS:
            return Ignored(line, "what is held at the end, no event")
        return None


def _attribute(column: str) -> str:
    folded = column.replace(" ", "").lower()
    return _RENAMED.get(folded) or _ATTRIBUTES.get(folded.replace("/", ""), "")


def _without_frame(cells: Sequence[str]) -> list[str]:
    """The cells behind HEADER or DATA and the code of the section."""
    return list(cells[2:] if cells and cells[0] in {"HEADER", "DATA"} else cells)


def _is_header(cells: list[str]) -> bool:
    names = _folded(_without_frame(cells))
    if any(len(name) > _LONGEST_NAME for name in names):
        # A text that quotes the columns, such as the notes on formats of a project like this one.
        return False
    has_day = names & {"tradedate", "settledate", "reportdate", "datetime", "date/time", "date"}
    has_day |= names & {"endingcash"}
    return bool(names & {"currencyprimary", "ibcommission"} and has_day)


def _folded(names: Sequence[str]) -> set[str]:
    return {name.replace(" ", "").casefold() for name in names}


def _has_no_header(source: Source) -> bool:
    """Whether the first line is a record of a query: what it is, when, and an ISIN."""
    first = source.head.partition("\n")[0]
    try:
        cells = [cell.strip() for row in csv.reader([first]) for cell in row]
    except csv.Error:
        return False
    return (
        bool(_MARKS & set(cells)) and any(map(is_isin, cells)) and any(map(_DAY.fullmatch, cells))
    )
