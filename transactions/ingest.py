"""Import a file: recognise, parse, resolve, match, write, rebuild, all or nothing.

Every record of the file ends as exactly one of imported, duplicate, likely duplicate, conflict,
ignored or rejected, and the table `imports` refuses counts that do not add up.
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath

import psycopg
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import DataError, transaction

from pricing.bulk import without_garbage_collection
from pricing.readers import ImporterError, Source, printable
from pricing.workbooks import open_source
from transactions import mappings
from transactions.importers import by_format, recognise
from transactions.importers.base import AccountFacts, Importer, UnknownFormatError
from transactions.importers.mapped import PREFIX
from transactions.linking import Groups, link_depots
from transactions.models import Account, Import, validate_time_zone
from transactions.reading import Progress, is_currency, read_statements
from transactions.results import RejectedRows, Result
from transactions.signals import Effect, announce
from transactions.writing import StatementWriter

# Level 1: a million rows take a second instead of four, and the file still shrinks to a fifth.
COMPRESSION = 1


def no_progress(phase: str, done: int, total: int) -> None:
    """For callers without anyone to show progress to."""


def stage(
    owner: User,
    file_name: str,
    data: bytes,
    *,
    account_name: str | None = None,
    format: str | None = None,
    currency: str | None = None,
) -> Import:
    """Recognise a file and keep it, waiting for confirmation; the account is made if needed.

    One sheet of a workbook is a file with the name ``book.xlsx › Sheet``: the whole workbook is kept.
    Raises ImporterError with one sentence when the content is not a known export.
    """
    source = open_source(file_name, data, settings.IMPORT_MAX_BYTES)
    importer = importer_for(source, format, owner)
    facts = importer.depots(source).get("", AccountFacts())
    with transaction.atomic():
        account = _account(
            owner,
            account_name or importer.broker,
            currency
            or facts.currency
            or importer.account_currency(source)
            or _first_currency(source, importer),
            facts.time_zone,
        )
        return Import.objects.create(
            account=account,
            # On Linux a name is bytes, which need not be text.
            file_name=printable(PurePath(file_name).name)[:255],
            sha256=hashlib.sha256(data).hexdigest(),
            format=importer.format,
            content=zlib.compress(data, COMPRESSION),
        )


def preview(staged: Import) -> list[Result]:
    """What confirming would do, to the last digit: the import is run and rolled back."""
    with _in_a_sentence(), transaction.atomic(), without_garbage_collection():
        results = _run(staged.pk, None, no_progress, explain=True, keep_rejects=True)
        transaction.set_rollback(True)
    return results


def run(
    staged: Import, source: Source | None = None, progress: Progress = no_progress
) -> list[Result]:
    """Import a staged file in one database transaction; one result per depot of the file.

    Does what the stored choices ``keep_rejects`` and ``import_likely_duplicates`` say. Raises
    RejectedRows when rows were rejected and are not to be kept, ImporterError when the file as a
    whole is broken. Either way nothing is written.
    """
    with _in_a_sentence(), transaction.atomic(), without_garbage_collection():
        return _run(staged.pk, source, progress)


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Rows are checked one by one, but their sums can still be more than a column holds."""
    try:
        yield
    except (DataError, psycopg.DataError) as error:
        raise ImporterError(
            "The numbers of this file add up to more than can be stored; nothing was imported."
        ) from error


def _run(
    pk: int,
    source: Source | None,
    progress: Progress,
    *,
    explain: bool = False,
    keep_rejects: bool = False,
) -> list[Result]:
    # Read again: the caller's object must not look imported after a rollback.
    staged = Import.objects.select_related("account__owner").defer("content").get(pk=pk)
    source = source or source_of(staged)
    importer = importer_for(source, staged.format, staged.account.owner)
    statements = read_statements(source, importer, progress)
    account = Account.objects.lock(staged.account_id)
    _refuse_what_is_finished(staged)
    depots = importer.depots(source)
    writers, results = [], []
    for statement in statements.values():
        facts = depots.get(statement.portfolio, AccountFacts())
        target, record = _depot(account, staged, statement.portfolio, facts)
        tracks_cash = importer.tracks_cash if facts.tracks_cash is None else facts.tracks_cash
        writer = StatementWriter(
            target, record, importer, source, tracks_cash=tracks_cash, explain=explain
        )
        writers.append(writer)
        results.append(writer.write(statement, progress))
    _link_depots([writer.unlinked for writer in writers], results)
    if "" not in statements:
        # Every row is of a further depot, which has its own record.
        staged.status, staged.finished_at = Import.Status.IMPORTED, datetime.now(UTC)
        staged.save(update_fields=["status", "finished_at"])
    may_reject = keep_rejects or staged.keep_rejects
    if not may_reject and any(result.rejected for result in results):
        raise RejectedRows(results)
    return results


def _refuse_what_is_finished(staged: Import) -> None:
    """Two tabs, two workers: only the first one finds the import still waiting."""
    waiting = Import.objects.select_for_update().only("status").get(pk=staged.pk)
    if waiting.status not in {Import.Status.PREVIEW, Import.Status.QUEUED}:
        raise ImporterError(
            f"{staged.file_name} is {waiting.get_status_display().lower()} already."
        )


def _link_depots(unlinked: Sequence[Groups], results: Sequence[Result]) -> None:
    """Join legs that are in different depots of the file; the results tell what becomes of it."""
    for account, changes in link_depots(unlinked).items():
        linked = {effect.ticker: effect for effect in announce(account, changes)}
        for result in results:
            if result.account == account.name:
                result.effects = [_then(effect, linked) for effect in result.effects]


def _then(effect: Effect, later: Mapping[str, Effect]) -> Effect:
    """One effect of two changes in a row: from before the first to after the second."""
    last = later.get(effect.ticker, effect)
    return replace(
        effect,
        currency=last.currency,
        quantity_after=last.quantity_after,
        cost_after=last.cost_after,
        realized_after=last.realized_after,
    )


def source_of(staged: Import) -> Source:
    """The kept file as the importers read it."""
    return open_source(staged.file_name, staged.original(), settings.IMPORT_MAX_BYTES)


def importer_for(source: Source, format: str | None, owner: User | None = None) -> Importer:
    """The importer of a file, by name or found by content, or the mapping that its owner made.

    Raises ImporterError with a sentence; UnknownFormatError where a mapping could help.
    """
    if format is None:
        try:
            return recognise(source)
        except UnknownFormatError:
            mapped = None if owner is None else mappings.by_header(owner, source)
            if mapped is None:
                raise
            return mapped
    is_mapped = format.startswith(PREFIX)
    importer = mappings.by_format(owner, format) if is_mapped else by_format(format)
    source.refuse_garbage()
    if not importer.recognises(source):
        if is_mapped:
            raise ImporterError(
                f"{source.name} does not have the columns of the mapping “{importer.broker}”."
            )
        raise ImporterError(f"{source.name} is not an export of the format “{format}”.")
    return importer


def _first_currency(source: Source, importer: Importer) -> str:
    """The most frequent currency among the first rows: what a new account is kept in."""
    currencies: Counter[str] = Counter()
    for number, outcome in enumerate(importer.parse(source.again())):
        if number > 1_000:
            break
        currency = getattr(outcome, "currency", "")
        if is_currency(currency):
            currencies[currency] += 1
    return currencies.most_common(1)[0][0] if currencies else "EUR"


def _account(owner: User, name: str, currency: str, time_zone: str) -> Account:
    account, _ = Account.objects.get_or_create(
        owner=owner,
        name=name[:80],
        defaults={"currency": currency, "time_zone": _known_zone(time_zone) or "UTC"},
    )
    return account


def _known_zone(name: str) -> str:
    """The name of the time zone, or nothing where a file made one up."""
    try:
        validate_time_zone(name)
    except ValidationError:
        return ""
    return name


def _depot(
    account: Account, staged: Import, portfolio: str, facts: AccountFacts
) -> tuple[Account, Import]:
    """The account of one depot of a file and its record of the import: a further one has its own."""
    if not portfolio:
        return account, staged
    depot, _ = Account.objects.get_or_create(
        owner=account.owner,
        name=printable(f"{account.name} {portfolio}")[:80],
        defaults={
            "currency": facts.currency or account.currency,
            "time_zone": _known_zone(facts.time_zone) or account.time_zone,
        },
    )
    record = Import.objects.create(
        account=depot,
        file_name=staged.file_name,
        sha256=staged.sha256,
        format=staged.format,
        content=staged.content,
        keep_rejects=staged.keep_rejects,
        import_likely_duplicates=staged.import_likely_duplicates,
    )
    return Account.objects.lock(depot.pk), record
