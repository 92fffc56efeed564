"""Mappings of columns as they are kept: by name, and found again by the header of a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from django.contrib.auth.models import User

from pricing.readers import ImporterError, Source
from pricing.requests import MOST_DIGITS
from transactions.importers.layouts import Layout
from transactions.importers.mapped import PREFIX, Mapped, folded
from transactions.kept_files import ColumnMapping


def save(owner: User, name: str, layout: Layout) -> ColumnMapping:
    """Keep a mapping under a name; one that has the name already is replaced."""
    mapping, _ = ColumnMapping.objects.update_or_create(
        owner=owner,
        name=name,
        defaults={"header_hash": header_hash(layout.header), "layout": layout.as_json()},
    )
    return mapping


def header_hash(header: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(folded(header)).encode()).hexdigest()


def importer_of(mapping: ColumnMapping) -> Mapped:
    """Raises ImporterError where the stored mapping is none, as after a change by hand."""
    try:
        layout = Layout.from_json(mapping.layout)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ImporterError(
            f"The mapping “{mapping.name}” cannot be read ({error}); make it anew."
        ) from error
    return Mapped(str(mapping.pk), mapping.name, layout)


def by_header(owner: User, source: Source) -> Mapped | None:
    """The mapping for a file, if its owner has made one for its header; the latest of several."""
    # Any of the first lines, because its owner may have said that another one than guessed is the header.
    hashes = {header_hash(one.cells) for one in source.possible_headers()}
    found = ColumnMapping.objects.filter(owner=owner, header_hash__in=hashes)
    mapping = found.order_by("-updated_at").first()
    return None if mapping is None else importer_of(mapping)


def by_name(owner: User, name: str) -> Mapped:
    """Raises ImporterError that names the ones there are."""
    names = list(ColumnMapping.objects.filter(owner=owner).values_list("name", flat=True))
    if name not in names:
        known = ", ".join(f"“{one}”" for one in names) or "none yet"
        raise ImporterError(f"There is no mapping “{name}”. There are: {known}.")
    return importer_of(ColumnMapping.objects.get(owner=owner, name=name))


def by_format(owner: User | None, format: str) -> Mapped:
    """The mapping that an import of this owner was read with."""
    mapping = None if owner is None else of_format(owner, format)
    if mapping is None:
        raise ImporterError("The mapping with which this file was read has been deleted.")
    return importer_of(mapping)


def of_format(owner: User, format: str) -> ColumnMapping | None:
    """The mapping that the format of an import names; None for the formats of brokers."""
    key = format.removeprefix(PREFIX)
    if key == format or not (key.isascii() and key.isdecimal() and len(key) <= MOST_DIGITS):
        return None
    return ColumnMapping.objects.filter(owner=owner, pk=int(key)).first()


def format_of(mapping: ColumnMapping) -> str:
    """What imports that were read with the mapping have as their format."""
    return f"{PREFIX}{mapping.pk}"
