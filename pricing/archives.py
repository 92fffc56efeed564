"""Reading zip archives without being drowned by them: sizes are limited before anything is unpacked."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from pricing.readers import ImporterError, printable

ZIP = b"PK\x03\x04"
MOST_MEMBERS = 500
ENCRYPTED = 0x1


def unpacked(data: bytes, most: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the files in an archive; folders and hidden files are left out.

    ``most`` limits the bytes of all of them together. Raises ImporterError for an archive that is
    damaged, encrypted or too large.
    """
    with _in_a_sentence(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        wanted = [member for member in archive.infolist() if not _is_passed_over(member)]
        _refuse_bombs(wanted, most)
        for member in wanted:
            # No more than the stated size is unpacked; where that lies, the checksum fails.
            yield printable(member.filename), archive.read(member)


def _refuse_bombs(members: list[zipfile.ZipInfo], most: int) -> None:
    if len(members) > MOST_MEMBERS:
        raise ImporterError(
            f"The archive has {len(members):,} files; at most {MOST_MEMBERS} are read. "
            "Unpack it and import the exports."
        )
    size = sum(member.file_size for member in members)
    if size > most:
        raise ImporterError(
            f"Unpacked the archive has {size / 2**20:,.0f} MiB; at most {most / 2**20:,.0f} MiB are read "
            "(IMPORT_MAX_BYTES). Unpack it and import the exports."
        )
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise ImporterError(
            "The archive is protected by a password. Unpack it and import the exports."
        )


def _is_passed_over(member: zipfile.ZipInfo) -> bool:
    """Folders, and what macOS puts beside every file."""
    parts = PurePosixPath(member.filename).parts
    return member.is_dir() or any(part.startswith((".", "__MACOSX")) for part in parts)


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise ImporterError("The archive is damaged. Download it again.") from error
    except (NotImplementedError, RuntimeError) as error:
        raise ImporterError(
            "The archive is packed in a way that is not read. Unpack it and import the exports."
        ) from error
