"""What is in a file that somebody gives us: one export, or several in a workbook or a zip archive.

Each is imported as a file of its own. A file of an archive is kept by itself, as if it had been
unpacked; a sheet keeps its whole workbook. What is no export is told, never lost silently.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User

from pricing.archives import ZIP, unpacked
from pricing.readers import ImporterError, Source
from pricing.workbooks import SEPARATOR, is_workbook, sheets
from transactions.importers.base import UnknownFormatError
from transactions.importers.guessing import find_table
from transactions.ingest import importer_for

NESTED = "This is an archive within the archive. Unpack it and import the exports."


class Part(NamedTuple):
    """One export: under which name it is kept, what is kept of it, and what is read of it."""

    name: str
    data: bytes
    source: Source


class LeftOut(NamedTuple):
    """A sheet or a file of an archive that is not imported, and why."""

    name: str
    reason: str


class UnknownTables(UnknownFormatError):
    """No export, but tables whose columns somebody could map."""

    def __init__(self, sentence: str, tables: Sequence[Source]) -> None:
        super().__init__(sentence)
        self.tables = tables


def parts_of(
    name: str, data: bytes, format: str | None = None, owner: User | None = None
) -> Iterator[Part | LeftOut]:
    """Yield the exports in a file, and what else is in it.

    Raises ImporterError with one sentence when there is no export at all; that is UnknownTables where
    a mapping of columns could help.
    """
    if is_workbook(data):
        return _sheets(name, data, format, owner)
    if data.startswith(ZIP):
        return _members(name, data, format, owner)
    source = Source(name, data)
    try:
        importer_for(source, format, owner)
    except UnknownFormatError as error:
        raise UnknownTables(str(error), [source]) from error
    return iter([Part(name, data, source)])


def _sheets(
    name: str, data: bytes, format: str | None, owner: User | None
) -> Iterator[Part | LeftOut]:
    found: list[Part | LeftOut] = []
    unknown = []
    for source in sheets(name, data, settings.IMPORT_MAX_BYTES):
        try:
            importer_for(source, format, owner)
        except ImporterError as error:
            found.append(LeftOut(source.name, str(error)))
            if isinstance(error, UnknownFormatError) and find_table(source) is not None:
                unknown.append(source)
        else:
            found.append(Part(source.name, data, source))
    if not any(isinstance(one, Part) for one in found):
        names = ", ".join(f"“{one.name.rpartition(SEPARATOR)[2]}”" for one in found)
        what = f"the format “{format}”" if format else "a known format"
        sentence = f"No sheet of the workbook ({names}) is an export of {what}."
        raise UnknownTables(sentence, unknown) if unknown else ImporterError(sentence)
    return iter(found)


def _members(
    name: str, data: bytes, format: str | None, owner: User | None
) -> Iterator[Part | LeftOut]:
    anything = False
    left_out = []
    for path, content in unpacked(data, settings.IMPORT_MAX_BYTES):
        label = f"{PurePath(name).name}{SEPARATOR}{path}"
        if content.startswith(ZIP) and not is_workbook(content):
            left_out.append(LeftOut(label, NESTED))
            continue
        try:
            yield from parts_of(PurePath(path).name, content, format, owner)
            anything = True
        except ImporterError as error:
            left_out.append(LeftOut(label, str(error)))
    if not anything:
        told = " ".join(f"{PurePath(one.name).name}: {one.reason}" for one in left_out[:3])
        raise ImporterError(f"The archive holds no export. {told}".strip())
    yield from left_out
