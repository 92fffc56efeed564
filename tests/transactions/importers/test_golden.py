"""Every fixture below data/ still gives exactly the outcomes in its golden file."""

import os
from pathlib import Path

import pytest

from tests.transactions.importers import golden
from transactions.importers import recognise

FIXTURES = list(golden.fixtures())
REWRITE = os.environ.get("GOLDEN_WRITE") == "1"


@pytest.mark.parametrize("fixture", FIXTURES, ids=golden.fixture_id)
def test_fixture_gives_the_outcomes_in_its_golden_file(fixture: Path) -> None:
    source = golden.source_of(fixture)
    outcomes = list(recognise(source).parse(source))

    assert golden.lines_without_outcome(source, outcomes) == []
    found = golden.as_json(outcomes)
    if REWRITE:
        golden.write(fixture, found)
    assert found == golden.read(fixture)


def test_every_golden_file_has_its_fixture() -> None:
    expected = set(golden.DATA.glob(f"*/*{golden.EXPECTED}"))
    assert expected == {golden.expected_path(fixture) for fixture in FIXTURES}
