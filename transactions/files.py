"""Import files from disk, each in its own database transaction: what the command line does."""

import getpass
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from pricing.readers import ImporterError
from transactions import ingest, mappings
from transactions.parts import LeftOut, Part, parts_of
from transactions.reading import Progress
from transactions.results import RejectedRows, Result


class NoOwner(Exception):
    """Which user the files belong to cannot be told; the message says how to say it."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller asked for; see ``manage.py import_transactions --help``."""

    account: str | None = None
    format: str | None = None
    # The name of a mapping of columns, instead of a format.
    mapping: str | None = None
    currency: str | None = None
    dry_run: bool = False
    keep_rejects: bool = False
    import_likely_duplicates: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: its results, and the error that kept it out of the ledger."""

    path: Path
    results: list[Result]
    error: str = ""
    rejected: bool = False
    # Found in a folder, workbook or archive, and no export at all; not the user's mistake.
    skipped: bool = False


def owner_for(name: str | None) -> tuple[User, bool]:
    """The user whom files belong to, and whether it was made just now.

    Without a name it is the only user; with none yet, one named after the operating-system login,
    without a usable password. Raises NoOwner when the name is unknown or the choice is open.
    """
    if name:
        try:
            return User.objects.get(username=name), False
        except User.DoesNotExist as error:
            raise NoOwner(f"There is no user “{name}”.") from error
    users = list(User.objects.order_by("pk")[:2])
    if len(users) == 1:
        return users[0], False
    if users:
        raise NoOwner("There are several users; say with --user whom the files belong to.")
    user, created = User.objects.get_or_create(
        username=getpass.getuser(), defaults={"is_staff": True, "is_superuser": True}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user, created


def expand(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Files named, and files found in named folders (with True), sorted, hidden ones left out."""
    for path in paths:
        if not path.is_dir():
            yield path, False
            continue
        for found in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in found.relative_to(path).parts)
            if found.is_file() and not hidden:
                yield found, True


def import_path(
    owner: User, path: Path, choices: Choices, progress: Progress, *, from_folder: bool = False
) -> Iterator[Outcome]:
    """Import one file, or the several exports in it, each for itself.

    Whatever keeps one of them out of the ledger is in its outcome, and nothing of it is written.
    """
    try:
        if choices.mapping:
            choices = replace(choices, format=mappings.by_name(owner, choices.mapping).format)
        for part in parts_of(path.name, _read(path), choices.format, owner):
            if isinstance(part, LeftOut):
                yield Outcome(path.with_name(part.name), [], part.reason, skipped=True)
            else:
                yield _outcome(owner, path, part, choices, progress)
    except ImporterError as error:
        # A folder may hold more than exports; a file that was named has to be one.
        yield Outcome(path, [], str(error), skipped=from_folder and choices.format is None)


def _outcome(owner: User, path: Path, part: Part, choices: Choices, progress: Progress) -> Outcome:
    place = path if part.name == path.name else path.with_name(part.name)
    try:
        return Outcome(place, _import(owner, part, choices, progress))
    except ImporterError as error:
        return Outcome(place, [], str(error))
    except RejectedRows as error:
        return Outcome(place, error.results, str(error), rejected=True)


def _import(owner: User, part: Part, choices: Choices, progress: Progress) -> list[Result]:
    with transaction.atomic():
        staged = ingest.stage(
            owner,
            part.name,
            part.data,
            account_name=choices.account,
            format=choices.format,
            currency=choices.currency,
        )
        staged.keep_rejects = choices.keep_rejects
        staged.import_likely_duplicates = choices.import_likely_duplicates
        staged.save(update_fields=["keep_rejects", "import_likely_duplicates"])
        results = ingest.run(staged, part.source, progress)
        if choices.dry_run:
            transaction.set_rollback(True)
    return results


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > settings.IMPORT_MAX_BYTES:
            raise ImporterError(
                f"The file has {size // 2**20} MiB; at most {settings.IMPORT_MAX_BYTES // 2**20} MiB "
                "are read (IMPORT_MAX_BYTES)."
            )
        return path.read_bytes()
    except OSError as error:
        raise ImporterError(f"The file cannot be read: {error.strerror}.") from error
