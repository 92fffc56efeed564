"""What the golden files of formats that are one plain table do not show."""

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import fuzzing, golden, mutations
from transactions.importers.avanza import Avanza
from transactions.importers.bux import Bux
from transactions.importers.fidelity import Fidelity
from transactions.importers.finpension import Finpension
from transactions.importers.freetrade import Freetrade
from transactions.importers.swissquote import Swissquote

TABLES = [Avanza(), Bux(), Fidelity(), Finpension(), Freetrade(), Swissquote()]
every_table = pytest.mark.parametrize("importer", TABLES, ids=lambda importer: importer.format)


@every_table
def test_file_of_another_format_is_refused_as_a_whole(importer) -> None:
    with pytest.raises(ImporterError, match=f"The header line of {importer.broker}’s export is"):
        list(importer.parse(Source("other.csv", b"a,b\n1,2\n")))


@every_table
def test_mutated_files_account_for_every_record(importer) -> None:
    fuzzing.assert_accounts_for_every_record(importer, importer.format)
    for source in mutations.mutants(importer.format, 200):
        mutations.keeps_its_promise(importer, source)


def test_one_account_of_avanza_is_the_main_portfolio() -> None:
    (fixture,) = (path for path in golden.fixtures("avanza") if path.name == "sample.csv")
    header, *rows = fixture.read_bytes().splitlines(keepends=True)
    one = Source("one.csv", header + b"".join(row for row in rows if b";8346899;" in row))
    assert {outcome.portfolio for outcome in Avanza().parse(one)} == {""}


def test_currency_of_the_account_is_known() -> None:
    found = [importer.account_currency(Source("", b"")) for importer in TABLES]
    assert found == ["", "EUR", "USD", "CHF", "", ""]
