"""Charles Schwab: Equity Awards Center, shares of an employer's plans, as CSV and JSON.

Source: Equity Awards, History & Statements, Export. The CSV begins with ``Date,Action,Symbol,Description,
Quantity,FeesAndCommissions,DisbursementElection,Amount``; further columns are those that the details of the
file's transactions have. A transaction is a line; below it stands a line for each of its details, whose first
eight cells are blank. The JSON has the same names.

What the records mean, and their quirks, is in ``schwab_equity_events``. Refused as a whole: lists of vests
alone, whose shares went to a brokerage account, and are in the history of that.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pricing.readers import Header, ImporterError, Source, has_columns
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    Rejected,
    RowError,
)
from transactions.importers.figures import RAW_LENGTH
from transactions.importers.json_reader import read_document, text_of
from transactions.importers.picking import Picker
from transactions.importers.schwab_equity_events import Record, only_vests, outcomes

_OF_RECORDS = (
    "Date",
    "Action",
    "Symbol",
    "Description",
    "Quantity",
    "FeesAndCommissions",
    "Amount",
)
_OF_DETAILS = (
    *("Shares", "SalePrice", "VestDate", "VestFairMarketValue", "PurchaseDate", "PurchasePrice"),
    *("PurchaseFairMarketValue", "NetSharesDeposited", "SharesWithheld", "SharesSold"),
)
_COLUMNS = tuple((name,) for name in (*_OF_RECORDS, *_OF_DETAILS))
_is_header = has_columns(*_OF_RECORDS, "DisbursementElection")
_ALONE = "a detail without its transaction, which stands above it"


class SchwabEquityAwards(Importer):
    format: ClassVar[str] = "schwab-equity-awards"
    broker: ClassVar[str] = "Schwab Equity Awards"
    tracks_cash: ClassVar[bool] = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_header) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_header)
        if header is None:
            raise ImporterError("The header line with FeesAndCommissions and Amount is missing.")
        raw: dict[int, str] = {}
        records, refused = _records(source, header, raw)
        yield from refused
        yield from _outcomes(records, raw)

    def account_currency(self, source: Source) -> str:
        return "USD"


def _records(
    source: Source, header: Header, raw: dict[int, str]
) -> tuple[list[Record], list[Rejected]]:
    """The transactions with their details; ``raw`` gathers the lines as they are in the file."""
    picker = Picker(header, _COLUMNS, {"Date", "Action", "Symbol", "Description"})
    records: list[Record] = []
    refused: list[Rejected] = []
    for line, cells in source.records(header):
        raw[line] = header.delimiter.join(cells)[:RAW_LENGTH]
        try:
            found = list(picker.cells(cells))
        except RowError as error:
            refused.append(Rejected(line, str(error), raw[line]))
            continue
        own = found[: len(_OF_RECORDS)]
        if any(own):
            records.append(Record(line, [], [], *own))
        elif not records:
            refused.append(Rejected(line, _ALONE, raw[line]))
        else:
            details = zip(_OF_DETAILS, found[len(_OF_RECORDS) :], strict=True)
            records[-1].details.append(dict(details))
            records[-1].detail_lines.append(line)
    return records, refused


def _outcomes(records: list[Record], raw: dict[int, str]) -> Iterator[Outcome]:
    if only_vests(records):
        raise ImporterError(
            "This list has vests only, whose shares went to the brokerage account: import the history"
            " of that, and state there what they cost."
        )
    for record, found in outcomes(records):
        if isinstance(found, ParsedTransaction):
            yield found
            continue
        for line in (record.line, *record.detail_lines):
            if isinstance(found, Ignored):
                yield found._replace(line=line)
            else:
                yield Rejected(line, str(found), raw[line])


class SchwabEquityAwardsJson(Importer):
    format: ClassVar[str] = "schwab-equity-awards-json"
    broker: ClassVar[str] = "Schwab Equity Awards"
    tracks_cash: ClassVar[bool] = True

    def recognises(self, source: Source) -> bool:
        data = source.data
        return (
            source.head.lstrip("\ufeff \t\r\n").startswith("{")
            and b'"Transactions"' in data
            and b'"TransactionDetails"' in data
        )

    def parse(self, source: Source) -> Iterator[Outcome]:
        raw: dict[int, str] = {}
        records: list[Record] = []
        for item in read_document(source.text(), "Transactions").items:
            line = source.note_record(item.line)
            raw[line] = json.dumps(item.value)[:RAW_LENGTH]
            if isinstance(item.value, dict):
                records.append(_record(line, item.value))
            else:
                yield Rejected(line, "a transaction is an object with Date and Action", raw[line])
        yield from _outcomes(records, raw)

    def account_currency(self, source: Source) -> str:
        return "USD"


def _record(line: int, members: dict[str, Any]) -> Record:
    details = members.get("TransactionDetails")
    found = [each.get("Details") for each in _objects(details)]
    told: list[Mapping[str, str]] = [
        {name: text_of(each, name) for name in _OF_DETAILS} for each in _objects(found)
    ]
    return Record(line, told, [], *(text_of(members, name) for name in _OF_RECORDS))


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
