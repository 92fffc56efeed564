"""Writes docs/schema.md from the catalog of a freshly migrated database.

From the catalog, because it also knows what migrations do in SQL, and from a fresh database, so that
the page shows what the migrations make and not what somebody tried out.
"""

import os
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connection

PAGE = settings.BASE_DIR / "docs" / "schema.md"
# From the lowest layer up, as one would explain it.
APPS = ["pricing", "transactions", "portfolio", "snapshots"]

COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       coalesce(pg_get_expr(d.adbin, d.adrelid), ''), a.attidentity <> '',
       coalesce(col_description(a.attrelid, a.attnum), '')
from pg_attribute a
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""
# Since PostgreSQL 18 every NOT NULL is a constraint of its own; the columns show those.
CONSTRAINTS = """
select conname, pg_get_constraintdef(oid), contype
from pg_constraint where conrelid = %s::regclass and contype <> 'n'
order by position(contype::text in 'pufc'), conname
"""
INDEXES = """
select i.relname, pg_get_indexdef(i.oid)
from pg_index x join pg_class i on i.oid = x.indexrelid
where x.indrelid = %s::regclass
and not exists (select from pg_constraint c where c.conindid = i.oid and c.contype in ('p', 'u'))
order by i.relname
"""
FOREIGN_KEY = re.compile(r"FOREIGN KEY \((\w+)\) REFERENCES (\w+)\(")


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    required: bool
    default: str
    identity: bool
    comment: str


@dataclass(frozen=True)
class Table:
    name: str
    summary: str
    columns: list[Column]
    constraints: list[tuple[str, str, str]]
    indexes: list[tuple[str, str]]

    @property
    def references(self) -> dict[str, str]:
        """Column → the table that its foreign key points at."""
        definitions = [definition for _, definition, kind in self.constraints if kind == "f"]
        found = [match for text in definitions if (match := FOREIGN_KEY.match(text))]
        return {match[1]: match[2] for match in found}


class Command(BaseCommand):
    help = "Writes docs/schema.md from a freshly migrated database."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing, fail if the page is out of date"
        )

    def handle(self, *, check: bool, **options: object) -> None:
        with scratch_database():
            page = "\n".join(render(list(tables()))) + "\n"
        current = PAGE.read_text() if PAGE.exists() else ""
        if page == current:
            return
        if check:
            raise CommandError(
                f"{PAGE.relative_to(settings.BASE_DIR)} is out of date. Run: make schema"
            )
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page)
        self.stdout.write(f"Wrote {PAGE.relative_to(settings.BASE_DIR)}")


@contextmanager
def scratch_database() -> Iterator[None]:
    original = str(connection.settings_dict["NAME"])
    connection.settings_dict["TEST"]["NAME"] = f"schema_docs_{os.getpid()}"
    # It announces the cache table whatever the verbosity.
    with redirect_stdout(StringIO()):
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(original, verbosity=0)


def tables() -> Iterator[Table]:
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            name = model._meta.db_table
            docstring = (model.__doc__ or "").strip()
            # Django writes a docstring of its own where there is none: Name(id, …).
            own = "" if docstring.startswith(f"{model.__name__}(") else docstring
            yield Table(
                name,
                " ".join(own.split("\n\n")[0].split()),
                [Column(*row) for row in rows(COLUMNS, name)],
                [(row[0], row[1], row[2]) for row in rows(CONSTRAINTS, name)],
                [(row[0], row[1]) for row in rows(INDEXES, name)],
            )


def rows(sql: str, table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [table])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def render(found: list[Table]) -> Iterator[str]:
    yield "# Schema"
    yield ""
    yield "Written by `make schema` from the database that the migrations make; `make check` fails when"
    yield "it is out of date. Tables of Django and its packages are left out."
    yield ""
    yield "```mermaid"
    yield "erDiagram"
    for table in found:
        yield from entity(table)
    for table in found:
        for column, target in table.references.items():
            yield f"    {target} ||--o{{ {table.name} : {column}"
    yield "```"
    for table in found:
        yield from section(table)


def entity(table: Table) -> Iterator[str]:
    yield f"    {table.name} {{"
    for column in table.columns:
        # The diagram's grammar takes one word a type.
        kind = re.sub(r"\(.*\)", "", column.type).replace(" ", "_")
        key = " PK" if column.identity else " FK" if column.name in table.references else ""
        yield f"        {kind} {column.name}{key}"
    yield "    }"


def section(table: Table) -> Iterator[str]:
    yield from ["", f"## {table.name}", ""]
    if table.summary:
        yield from [table.summary, ""]
    yield from ["| column | type | null | default |", "|---|---|---|---|"]
    for column in table.columns:
        default = "identity" if column.identity else f"`{column.default}`" if column.default else ""
        name = f"`{column.name}`" + (f"<br>{column.comment}" if column.comment else "")
        yield f"| {name} | {column.type} | {'' if column.required else 'yes'} | {default} |"
    yield ""
    for name, definition, _ in table.constraints:
        yield f"- `{name}`: `{definition}`"
    for name, definition in table.indexes:
        yield f"- `{name}`: `{definition.partition(' USING ')[2]}`" + unique(definition)


def unique(definition: str) -> str:
    return ", unique" if definition.startswith("CREATE UNIQUE") else ""
