"""Workbooks and archives with several exports: each is a file of its own, the rest is told."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from pricing.readers import ImporterError
from tests.pricing.test_workbooks import archive, workbook
from transactions.kept_files import UnknownFile
from transactions.models import Account, Import, Transaction
from transactions.parts import LeftOut, Part, UnknownTables, parts_of

HEADER = ["date", "type", "ticker", "quantity", "price", "amount", "currency"]
TRADES = [HEADER, ["2024-01-05", "BUY", "AAA", 10, 5, 50, "EUR"]]
MORE = [HEADER, ["2024-02-05", "BUY", "AAA", 1, 6, 6, "EUR"]]
CSV = b"date,type,ticker,quantity,price,amount,currency\n2024-03-05,SELL,AAA,4,6,24,EUR\n"
OTHER = [["Datum", "Betrag", "Was"], ["31.01.2024", 5, "x"]]

pytestmark = pytest.mark.django_db


def test_every_sheet_that_is_an_export_is_a_part_and_the_others_are_told():
    data = workbook(One=TRADES, Note=[["Dear Sir"]], Two=MORE)
    one, note, two = parts_of("b.xlsx", data)
    assert isinstance(one, Part)
    assert isinstance(two, Part)
    assert (one.name, two.name, one.data) == ("b.xlsx › One", "b.xlsx › Two", data)
    assert isinstance(note, LeftOut)
    assert note.reason.startswith("The format is not known")


def test_an_archive_is_unpacked_one_level_deep():
    inner = archive(**{"x.csv": CSV})
    data = archive(
        **{"a/x.csv": CSV, "b.xlsx": workbook(One=TRADES), "c.zip": inner, "d.txt": b"hi"}
    )
    found = list(parts_of("all.zip", data))
    assert [one.name for one in found if isinstance(one, Part)] == ["x.csv", "b.xlsx › One"]
    told = [(one.name, one.reason.partition(".")[0]) for one in found if isinstance(one, LeftOut)]
    assert told == [
        ("all.zip › c.zip", "This is an archive within the archive"),
        (
            "all.zip › d.txt",
            "The format is not known: no header line, XML root or JSON key of a supported export was found",
        ),
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            workbook(Note=[["Dear Sir"]]),
            "No sheet of the workbook .“Note”. is an export of a known",
        ),
        (
            archive(**{"d.txt": b"hi"}),
            "The archive holds no export. x › d.txt: The format is not known",
        ),
    ],
    ids=["workbook", "archive"],
)
def test_nothing_that_is_an_export_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(ImporterError, match=sentence):
        list(parts_of("x", data))


def test_tables_of_unknown_formats_can_be_mapped():
    with pytest.raises(UnknownTables) as caught:
        list(parts_of("b.xlsx", workbook(One=OTHER, Note=[["Dear Sir"]])))
    assert [table.name for table in caught.value.tables] == ["b.xlsx › One"]


def test_the_command_imports_what_is_in_a_workbook_and_an_archive(tmp_path, capsys):
    file = tmp_path / "all.zip"
    file.write_bytes(archive(**{"x.csv": CSV, "b.xlsx": workbook(One=TRADES, Note=[["Dear"]])}))
    call_command("import_transactions", str(file))
    assert Transaction.objects.count() == 2
    assert "b.xlsx › Note: left out." in capsys.readouterr().err


def upload(client, name, data):
    sent = SimpleUploadedFile(name, data)
    return client.post(reverse("transactions:import-upload"), {"uploads": [sent]})


def test_an_uploaded_workbook_can_be_looked_at_confirmed_and_downloaded(client, alice):
    client.force_login(alice)
    data = workbook(One=TRADES)
    address = upload(client, "b.xlsx", data)["Location"]
    assert client.get(address).context["staged"].file_name == "b.xlsx › One"
    staged = Import.objects.get()
    client.post(reverse("transactions:import-confirm", args=[staged.pk]))
    assert Account.objects.get().transactions.count() == 1
    line = client.get(reverse("transactions:import-line", args=[staged.pk, 2]))
    assert "2024-01-05,BUY,AAA" in line.content.decode()
    original = client.get(reverse("transactions:import-original", args=[staged.pk]))
    assert b"".join(original.streaming_content) == data
    assert 'filename="b.xlsx"' in original["Content-Disposition"]


def test_a_sheet_of_an_unknown_format_is_mapped_like_any_table(client, alice):
    client.force_login(alice)
    address = upload(client, "b.xlsx", workbook(One=OTHER))["Location"]
    assert UnknownFile.objects.get().file_name == "b.xlsx › One"
    form = client.get(address).context["form"]
    client.post(address, form.as_posted().dict() | {"currency": "EUR", "save": "1"})
    client.post(reverse("transactions:import-confirm", args=[Import.objects.get().pk]))
    assert Transaction.objects.get().total_amount == 5
    # The next workbook is recognised.
    assert "/preview/" in upload(client, "c.xlsx", workbook(One=OTHER))["Location"]
