"""Write what one depot of a file says into its account: match, COPY, link, tell who derives from it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from pricing.bulk import NULL, copy_out, copy_rows, trusted_references, unescaped
from pricing.money import EXACT, ZERO
from pricing.readers import Source, printable
from transactions import balances, linking
from transactions.cancelling import link_cancelled
from transactions.importers.base import Importer
from transactions.matching import (
    DAY,
    Match,
    Row,
    Stored,
    Verdict,
    likely_duplicates,
    match,
    place_of,
)
from transactions.models import Account, Import
from transactions.reading import Note, Progress, RowBuilder, Statement
from transactions.resolve import resolve
from transactions.results import Reject, Remark, Result, RowVerdict
from transactions.signals import announce

# The plain number: an enum member costs a call per row of a large file.
IMPORTED = int(Verdict.IMPORTED)
VERDICTS_SHOWN = 2_000
REMARKS_KEPT = 1_000

COLUMNS = (
    "account_id", "transaction_date", "trade_date", "has_time", "transaction_type", "ticker",
    "quantity", "price", "total_amount", "currency", "fee", "fee_currency", "tax", "fx_rate",
    "raw_description", "import_id", "source_file", "source_line", "sequence", "external_id",
    "occurrence", "import_timestamp", "created_at",
)  # fmt: skip


class StatementWriter:
    """Writes one statement into one account, inside the caller's database transaction."""

    def __init__(
        self,
        account: Account,
        record: Import,
        importer: Importer,
        source: Source,
        *,
        tracks_cash: bool,
        explain: bool,
    ) -> None:
        self.account = account
        self.record = record
        self.source = source
        self.explain = explain
        self.verdicts = bytearray(max(source.record_lines, default=0) + 1)
        self.tracks_cash = tracks_cash
        # Legs of events whose other leg may be in another depot of the file.
        self.unlinked: linking.Groups = {}
        self.result = Result(record.file_name, importer.format, account.name, record.pk)

    def write(self, statement: Statement, progress: Progress) -> Result:
        securities = {one.security for one in statement.parsed if one.security is not None}
        securities |= {one.security for one in statement.stated if one.security is not None}
        tickers = resolve(securities)
        builder = RowBuilder(self.account.time_zone, tickers)
        rows = builder.build(statement)
        accepted = self._decide(rows)
        self._note(statement.notes)
        progress("Writing", 0, len(accepted))
        now = datetime.now(UTC)
        if accepted:
            with trusted_references():
                copy_rows("transactions", COLUMNS, self._tuples(accepted, now))
        self._balance(statement)
        self._finish(now)
        self.result.balances_kept = balances.keep(self.record, statement, builder, tickers, now)
        progress("Computing positions", 0, 1)
        changes = _first_days(found.row for found in accepted)
        rows = [found.row for found in accepted]
        self.unlinked = linking.link_groups(self.account, self.record, rows)
        counterparts = linking.link_between_accounts(self.account, self.record, rows)
        if changes:
            for ticker, day in link_cancelled(self.account).items():
                changes[ticker] = min(changes.get(ticker, day), day)
            self.result.effects = announce(self.account, changes)
            for other, other_changes in counterparts.items():
                announce(other, other_changes)
        progress("Computing positions", 1, 1)
        return self.result

    def _decide(self, rows: Sequence[Row]) -> list[Match]:
        """Mark every row's verdict; returns those to be stored."""
        accepted: list[Match] = []
        unmet: list[Stored] = []
        for found in match(rows, self._stored(rows)):
            if isinstance(found, Stored):
                unmet.append(found)
            elif found.verdict is Verdict.IMPORTED:
                accepted.append(found)
            else:
                self._mark(found.row, found.verdict, found.stored)
        if unmet and accepted:
            accepted = self._without_likely(accepted, unmet)
        self._mark_imported([found.row for found in accepted])
        return accepted

    def _mark_imported(self, rows: Sequence[Row]) -> None:
        verdicts = self.verdicts
        for row in rows:
            verdicts[row.line] = IMPORTED
            for line in row.merged_lines:
                verdicts[line] = IMPORTED
        if self.explain:
            self.result.verdicts += [
                RowVerdict(row.line, Verdict.IMPORTED.name.lower(), _summary(row), "")
                for row in rows[: VERDICTS_SHOWN - len(self.result.verdicts)]
            ]

    def _without_likely(self, accepted: list[Match], unmet: list[Stored]) -> list[Match]:
        likely = likely_duplicates([found.row for found in accepted], unmet)
        kept = []
        for found in accepted:
            twin = likely.get(place_of(found.row))
            if twin is None or self.record.import_likely_duplicates:
                kept.append(found)
            else:
                self._mark(found.row, Verdict.LIKELY_DUPLICATE, twin)
        return kept

    def _stored(self, rows: Sequence[Row]) -> Iterator[Stored]:
        """The account's rows from a day before the file's first to a day after its last."""
        if not rows:
            return iter(())
        parameters = [self.account.pk, rows[0].at - DAY, rows[-1].at + DAY]
        return map(_stored_row, copy_out(_STORED, parameters))

    def _mark(self, row: Row, verdict: Verdict, twin: Stored | None) -> None:
        for line in (row.line, *row.merged_lines):
            self.verdicts[line] = max(self.verdicts[line], verdict)
        detail = _explain_twin(row, twin, verdict) if twin else ""
        if verdict in {Verdict.CONFLICT, Verdict.LIKELY_DUPLICATE}:
            self.result.remarks.append(Remark(row.line, verdict.name.lower(), detail))
        if self.explain and len(self.result.verdicts) < VERDICTS_SHOWN:
            self.result.verdicts.append(
                RowVerdict(row.line, verdict.name.lower(), _summary(row), detail)
            )

    def _note(self, notes: Sequence[Note]) -> None:
        rules: Counter[str] = Counter()
        for note in notes:
            if note.line >= len(self.verdicts):
                self.verdicts.extend(bytes(note.line + 1 - len(self.verdicts)))
            self.verdicts[note.line] = max(self.verdicts[note.line], note.verdict)
            if note.verdict is Verdict.REJECTED:
                # JSON can hold what PostgreSQL cannot store.
                reason, raw = printable(note.detail), printable(note.raw[:500])
                self.result.rejects.append(Reject(note.line, reason, raw))
            else:
                rules[note.detail] += 1
            if self.explain and len(self.result.verdicts) < VERDICTS_SHOWN:
                self.result.verdicts.append(
                    RowVerdict(note.line, note.verdict.name.lower(), note.raw[:200], note.detail)
                )
        self.result.ignored_rules = dict(rules)
        self.result.verdicts.sort(key=lambda verdict: verdict.line)

    def _balance(self, statement: Statement) -> None:
        """Say how many of the file's running balances agree, and where they do not."""
        checked, result = statement.checked, self.result
        ignored = {n.line: n.detail for n in statement.notes if n.verdict is Verdict.IGNORED}
        result.remarks += balances.remarks(checked, ignored)
        result.balances_agreed = checked.agreed
        result.balances_disagreed = len(checked.disagreements) + len(checked.left_out)

    def _tuples(self, accepted: Sequence[Match], now: datetime) -> Iterator[tuple[object, ...]]:
        # What is the same in all rows, or in all of a day, is put into text once.
        account, record, name = str(self.account.pk), str(self.record.pk), self.record.file_name
        moment, days = str(now), {found.row.day: str(found.row.day) for found in accepted}
        for row, _, occurrence, _ in accepted:
            yield (
                account, row.at, days[row.day], row.has_time, row.kind.value, row.ticker,
                row.quantity, row.price, row.amount, row.currency,
                "0" if row.fee is ZERO else row.fee, row.fee_currency,
                "0" if row.tax is ZERO else row.tax, row.fx_rate, row.description[:500], record,
                name, row.line, row.sequence, row.external_id, occurrence, moment, moment,
            )  # fmt: skip

    def _finish(self, now: datetime) -> None:
        counts = Counter(self.verdicts)
        result, record = self.result, self.record
        result.imported = counts[Verdict.IMPORTED]
        result.duplicates = counts[Verdict.DUPLICATE]
        result.likely_duplicates = counts[Verdict.LIKELY_DUPLICATE]
        result.conflicts = counts[Verdict.CONFLICT]
        result.ignored = counts[Verdict.IGNORED]
        result.rejected = counts[Verdict.REJECTED]
        result.rows = len(self.verdicts) - counts[0]
        for name in ("rows", "imported", "duplicates", "likely_duplicates", "conflicts"):
            setattr(record, name, getattr(result, name))
        record.ignored, record.rejected = result.ignored, result.rejected
        record.balances_agreed = result.balances_agreed
        record.balances_disagreed = result.balances_disagreed
        record.rejects = [
            {"line": reject.line, "reason": reject.reason, "raw": reject.raw}
            for reject in result.rejects
        ]
        record.remarks = [
            {"line": remark.line, "verdict": remark.verdict, "detail": remark.detail}
            for remark in result.remarks[:REMARKS_KEPT]
        ]
        record.status, record.finished_at = Import.Status.IMPORTED, now
        record.save()
        if self.tracks_cash and result.imported and not self.account.tracks_cash:
            self.account.tracks_cash = True
            self.account.save(update_fields=["tracks_cash"])


_STORED = """
SELECT transaction_date, transaction_type, ticker, quantity, price, total_amount, currency,
       external_id, occurrence, source_line, source_file
FROM transactions WHERE account_id = %s AND transaction_date BETWEEN %s AND %s
ORDER BY transaction_date
"""


def _stored_row(values: list[str]) -> Stored:
    (at, kind, ticker, quantity, price, amount, currency, external_id, occurrence, line,
     file) = values  # fmt: skip
    return Stored(
        datetime.fromisoformat(at),
        kind,
        unescaped(ticker),
        None if quantity == NULL else Decimal(quantity),
        None if price == NULL else Decimal(price),
        None if amount == NULL else Decimal(amount),
        unescaped(currency) or "",
        unescaped(external_id) or "",
        int(occurrence),
        None if line == NULL else int(line),
        unescaped(file) or "",
    )


def _first_days(rows: Iterator[Row]) -> dict[str | None, date]:
    first: dict[str | None, date] = {}
    for row in rows:
        day = first.get(row.ticker)
        if day is None or row.day < day:
            first[row.ticker] = row.day
    return first


def _summary(row: Row) -> str:
    what = f"{row.quantity.normalize(EXACT):f} {row.ticker}" if row.ticker and row.quantity else ""
    money = f"{row.amount.normalize(EXACT):f} {row.currency}" if row.amount is not None else ""
    return " ".join(
        part for part in (str(row.day), row.kind.value, what or row.ticker or "", money) if part
    )


def _explain_twin(row: Row, twin: Stored, verdict: Verdict) -> str:
    where = f"line {twin.line} of {twin.file}" if twin.line else "a row entered by hand"
    if verdict is Verdict.CONFLICT:
        return (
            f"price {row.price} and amount {row.amount} here, "
            f"{twin.price} and {twin.amount} in {where}"
        )
    what = f" {twin.ticker}" if twin.ticker else ""
    return f"in the ledger already: {twin.at:%Y-%m-%d %H:%M}{what}, {where}"
