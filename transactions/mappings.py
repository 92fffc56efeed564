"""Mappings of columns as they are kept: by name, and found again by the header of a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from django.contrib.auth.models import User

from pricing.readers import ImporterError, Source
from transactions.importers.guessing import find_table
from transactions.importers.mapped import PREFIX, Layout, Mapped, folded
from transactions.models import ColumnMapping


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
    table = find_table(source, rows=0)
    if table is None:
        return None
    wanted = header_hash(table.header.cells)
    found = ColumnMapping.objects.filter(owner=owner, header_hash=wanted)
    mapping = found.order_by("-updated_at").first()
    return None if mapping is None else importer_of(mapping)


def by_name(owner: User, name: str) -> Mapped:
    """Raises ImporterError that names the ones there are."""
    names = list(ColumnMapping.objects.filter(owner=owner).values_list("name", flat=True))
    if name not in names:
        known = ", ".join(f"“{one}”" for one in names) or "none yet"
        raise ImporterError(f"There is no mapping “{name}”. There are: {known}.")
    return importer_of(ColumnMapping.objects.get(owner=owner, name=name))


def by_format(format: str, owner: User | None) -> Mapped:
    """The mapping that an import was read with; of a new file one of its owner's."""
    key = format.removeprefix(PREFIX)
    found = ColumnMapping.objects.filter(pk=int(key) if key.isdecimal() else 0)
    mapping = (found if owner is None else found.filter(owner=owner)).first()
    if mapping is None:
        raise ImporterError("The mapping with which this file was read has been deleted.")
    return importer_of(mapping)
