from contextlib import nullcontext

import pytest
from django.core.management import CommandError, call_command

from portfolio.management.commands import schema_docs


@pytest.fixture
def page(db, monkeypatch, tmp_path, settings):
    """The tests' own database is freshly migrated too."""
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(schema_docs, "PAGE", tmp_path / "docs" / "schema.md")
    monkeypatch.setattr(schema_docs, "scratch_database", nullcontext)
    return schema_docs.PAGE


def test_the_page_has_columns_constraints_indexes_and_a_diagram(page, capsys):
    call_command("schema_docs")
    assert capsys.readouterr().out == "Wrote docs/schema.md\n"
    text = page.read_text()
    assert "```mermaid\nerDiagram\n    instruments {\n        bigint id PK\n" in text
    assert "    accounts ||--o{ transactions : account_id\n" in text
    assert "| `quantity` | numeric(38,18) | yes |  |" in text
    assert "- `uix_transaction_unique`: `UNIQUE NULLS NOT DISTINCT (" in text
    assert "- `idx_ticker_date`: `btree (ticker, transaction_date)`" in text


def test_check_is_silent_when_the_page_is_current(page, capsys):
    call_command("schema_docs")
    capsys.readouterr()
    call_command("schema_docs", "--check")
    assert capsys.readouterr().out == ""


def test_check_fails_when_the_page_is_out_of_date_and_writes_nothing(page):
    with pytest.raises(CommandError, match="is out of date"):
        call_command("schema_docs", "--check")
    assert not page.exists()
