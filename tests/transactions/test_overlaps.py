"""Two files of one account that overlap give the positions and the cash of one, in either order."""

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from portfolio.ledger_sums import cash, groups
from portfolio.models import Position
from pricing.readers import Source
from tests.transactions.importers import golden
from transactions import ingest
from transactions.importers import recognise
from transactions.importers.base import Ignored, ParsedTransaction
from transactions.models import Account, Transaction

# Files whose halves cannot say what the whole says, each with the reason; docs/importers.md has them too.
MARK = "what a separator means in a column is known only from cells of the other half"
DEPOTS = (
    "accounts are told apart only where a file has several, so a half of one goes to the main one"
)
EXCEPTIONS = {
    "ghostfolio-json/two_accounts.json": DEPOTS,
    "wealthfolio/activities.csv": DEPOTS,
    "fidelity/accounts_by_name.csv": DEPOTS,
    "fidelity/several_accounts.csv": DEPOTS,
    "ibkr-activity/two_accounts.csv": DEPOTS,
    "revolut-metals/mixed_with_money.csv": "rows of metal make it a file of metals; a half has none",
    "degiro-transactions/english_swiss_account.csv": MARK,
    "generic-csv/semicolon_cp1252.csv": MARK,
    "ghostfolio-csv/semicolon.csv": MARK,
    "revolut-invest/2024_semicolon_decimal_comma_bom.csv": MARK,
    "trade-republic-pytr/dutch_short.csv": MARK,
    "ibkr-flex-xml/two_accounts.xml": "dates are month first by a date of the other half; rejected",
    "ibkr-flex-xml/2014_trade_time.xml": "a split has a number for a security of the other half",
    "schwab/older_columns.csv": "a merger names what is gone by CUSIP, its purchase by symbol",
    "revolut-invest/broken_rows.csv": "two equal rows of one second, one in each half",
}


def has_halves(path: Path) -> bool:
    if path.suffix in {".ofx", ".qfx"}:
        # Elements over many lines, each with an id; they cannot be cut by lines.
        return False
    source = golden.source_of(path)
    list(recognise(source).parse(source))
    return len(source.record_lines) > 1


FILES = [path for path in golden.fixtures() if has_halves(path)]
FIXTURES = [path for path in FILES if golden.fixture_id(path) not in EXCEPTIONS]


def halves(path: Path) -> tuple[bytes, bytes]:
    """The first and the last two thirds of a file, cut where no event spans the cut.

    Exports are made by day, so that the rows of one second are never in different files.
    """
    source = golden.source_of(path)
    outcomes = list(recognise(source).parse(source))
    events = [
        {outcome.line, *outcome.merged_lines}
        for outcome in outcomes
        if isinstance(outcome, ParsedTransaction)
    ]
    # Two sides of what was held all along.
    ignored = {outcome.line for outcome in outcomes if isinstance(outcome, Ignored)}
    events += [{line, line + 1} for line in ignored if line + 1 in ignored]
    records = list(source.record_lines)
    cuts = [
        line for line in records[1:] if not any(min(event) < line <= max(event) for event in events)
    ] or [records[-1]]
    late, early = cuts[len(cuts) * 2 // 3 - 1], cuts[len(cuts) // 3]
    late, early = max(late, early), min(late, early)
    return (
        part(path, {line for line in records if line < late}),
        part(path, {line for line in records if line >= early}),
    )


def part(path: Path, kept: set[int]) -> bytes:
    """The file with the records that begin on these lines, and all that is around its records."""
    source = golden.source_of(path)
    list(recognise(source).parse(source))
    lines = source.text().splitlines(keepends=True)
    if path.suffix == ".json":
        # Numbers as text: importers read both, and no float spoils them.
        document = json.loads(source.text(), parse_float=str)
        name = next(one for one in ("activities", "orders", "Transactions") if one in document)
        numbered = zip(source.record_lines, document[name], strict=True)
        return json.dumps(
            document | {name: [one for line, one in numbered if line in kept]}
        ).encode()
    # A record of a table may span lines; elements of XML have one each, and others in between.
    ends = [*source.record_lines[1:], len(lines) + 1]
    dropped = {
        line
        for start, end in zip(source.record_lines, ends, strict=True)
        if start not in kept
        for line in ([start] if path.suffix == ".xml" else range(start, end))
    }
    text = "".join(line for number, line in enumerate(lines, 1) if number not in dropped)
    return text.encode(source.encoding)


def held(name: str, *files: bytes) -> dict[tuple[str, str], object]:
    """What somebody with nothing else holds after importing the files, at what cost, and the cash."""
    # Of their own, because transfers between accounts of one owner find each other.
    owner, _ = User.objects.get_or_create(username=name)
    for data in files:
        staged = ingest.stage(owner, "export.csv", data, currency="EUR")
        staged.keep_rejects = True
        staged.save()
        ingest.run(staged)
    names = dict(Account.objects.filter(owner=owner).values_list("pk", "name"))
    found: dict[tuple[str, str], object] = {
        (names[position.account_id], position.instrument.ticker): (
            position.quantity,
            position.total_cost,
        )
        for position in Position.objects.filter(account__in=names).select_related("instrument")
    }
    sums = groups(Transaction.objects.filter(account__in=names))
    return found | {(names[pk], f"cash {code}"): money for (pk, code), money in cash(sums).items()}


@pytest.mark.django_db
@pytest.mark.parametrize("path", FIXTURES, ids=golden.fixture_id)
def test_overlapping_files_are_one_in_either_order(path: Path) -> None:
    first, last = halves(path)
    whole = held("whole", path.read_bytes())
    assert held("in order", first, last) == whole
    assert held("backwards", last, first) == whole
    assert held("in order", path.read_bytes()) == whole


@pytest.mark.django_db
@pytest.mark.parametrize("name", EXCEPTIONS)
def test_exceptions_are_still_needed(name: str) -> None:
    path = golden.DATA / name
    first, last = halves(path)
    whole = held("whole", path.read_bytes())
    assert held("in order", first, last) != whole or held("backwards", last, first) != whole


def test_halves_overlap_and_are_the_whole() -> None:
    for path in FIXTURES:
        first, last = halves(path)
        assert recognise(Source("first", first)) is recognise(Source("last", last))
        if path.suffix != ".json":
            lines = set(path.read_bytes().splitlines())
            assert {*first.splitlines(), *last.splitlines()} >= lines - {b""}, path
