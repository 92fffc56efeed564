"""Correcting a guess and a mapping: another header line, words that came later, names that are taken."""

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from pricing.readers import ImporterError
from tests.pricing.test_workbooks import workbook
from tests.transactions.importers.test_mapped import ENGLISH, GERMAN
from transactions import ingest
from transactions.kept_files import ColumnMapping, UnknownFile
from transactions.models import Import, Transaction

UPLOAD = reverse("transactions:import-upload")
TRAP = """Trade Date,Type,Amount,Currency,Quantity,Price
of the,statement,in all,as of today,shown,below
Booked;What;Papers;How many;For;Money
02.01.2024;Kauf;AAA;10;5,00;EUR
13.01.2024;Verkauf;AAA;4;6,00;EUR
"""


@pytest.fixture(autouse=True)
def signed_in(alice: User, client: Client) -> None:
    client.force_login(alice)


def upload(client: Client, text: str, name: str = "depot.csv") -> str:
    files = {"uploads": [SimpleUploadedFile(name, text.encode())]}
    address: str = client.post(UPLOAD, files)["Location"]
    return address


def choices(client: Client, address: str) -> dict[str, str]:
    """What the browser would post without a change."""
    return client.get(address).context["form"].as_posted().dict()


def kept(client: Client, text: str = GERMAN, **changes: str) -> ColumnMapping:
    address = upload(client, text)
    client.post(address, choices(client, address) | {"name": "Sparkasse", "save": "1"} | changes)
    return ColumnMapping.objects.latest("pk")


def test_another_line_is_chosen_as_the_header_and_recognised_next_time(client: Client):
    address = upload(client, TRAP)
    data = choices(client, address)
    assert (data["line"], data["columns_of"]) == ("1", "1")
    response = client.post(address, data | {"line": "3", "name": "Third"})
    form = response.context["form"]
    assert form.table.header.cells[0] == "Booked"
    # The columns are guessed anew, the name stays.
    data = form.as_posted().dict()
    assert (data["column_date"], data["columns_of"], data["name"]) == ("0", "3", "Third")
    data |= {"column_ticker": "2", "column_quantity": "3", "column_price": "4", "save": "1"}
    client.post(address, data)
    staged = Import.objects.get()
    client.post(reverse("transactions:import-confirm", args=[staged.pk]))
    assert list(Transaction.objects.values_list("total_amount", flat=True)) == [50, 24]
    again = upload(client, TRAP + "14.01.2024;Kauf;AAA;1;5,00;EUR\n")
    assert again == reverse("transactions:import-preview", args=[Import.objects.latest("pk").pk])


def test_a_word_without_a_meaning_is_given_one_from_the_preview(client: Client):
    mapping = kept(client)
    preview = reverse("transactions:import-preview", args=[Import.objects.get().pk])
    page = client.get(preview).content.decode()
    assert "has no meaning in the mapping" in page
    assert mapping.get_absolute_url() in page
    response = client.get(mapping.get_absolute_url())
    form = response.context["form"]
    assert "depotführung" in form.words
    assert response.context["trial"]["counts"] == {"imported": 3, "rejected": 1}
    data = form.as_posted().dict() | {f"word_{form.words.index('depotführung')}": "FEE"}
    shown = client.post(mapping.get_absolute_url(), data, headers={"HX-Request": "true"})
    assert shown.context["trial"]["counts"] == {"imported": 4}
    response = client.post(mapping.get_absolute_url(), data | {"save": "1"})
    assert response["Location"] == preview
    # What was remembered of the preview is not true any more.
    assert "has no meaning in the mapping" not in client.get(preview).content.decode()


def test_words_of_the_last_rows_are_asked_for_too(client: Client):
    head = "".join(GERMAN.splitlines(keepends=True)[:4])
    rows = "02.01.2024;;Kauf;SAP SE;DE0007164600;1;1,00;0;-1,00;EUR\n" * 400
    address = upload(client, f"{head}{rows}04.06.2024;;Sonderding;;;;;;-3,00;EUR\n")
    assert client.get(address).context["form"].words == ["kauf", "sonderding"]


def test_rejects_behind_the_first_rows_are_shown(client: Client):
    rows = "2024-01-02,Buy,AAA,1,5,EUR\n" * 30 + "soon,Buy,AAA,1,5,EUR\n" * 9
    address = upload(client, "Date,Type,Symbol,Shares,Price,Currency\n" + rows)
    trial = client.get(address).context["trial"]
    assert [verdict for verdict, _, _ in trial["outcomes"]] == ["imported"] * 12 + ["rejected"] * 8
    assert trial["counts"] == {"imported": 30, "rejected": 9}


def test_a_mapping_of_other_columns_is_not_replaced_by_one_of_the_same_name(client: Client):
    mapping = kept(client)
    address = upload(client, ENGLISH)
    data = choices(client, address) | {"currency": "USD", "name": "Sparkasse", "save": "1"}
    response = client.post(address, data)
    assert "A mapping of other columns has this name." in response.content.decode()
    mapping.refresh_from_db()
    assert mapping.layout["header"][0] == "Datum"
    assert UnknownFile.objects.exists()


def test_a_mapping_that_was_spoiled_by_hand_is_said_to_be(client: Client):
    mapping = kept(client)
    ColumnMapping.objects.update(layout={"header": []})
    page = client.get(mapping.get_absolute_url(), follow=True).content.decode()
    assert "The mapping “Sparkasse” cannot be read" in page


def test_a_file_that_is_broken_does_not_keep_its_mapping_from_being_corrected(client: Client):
    mapping = kept(client)
    broken = GERMAN + '04.06.2024;"' + "x" * 140_000
    files = {"uploads": [SimpleUploadedFile("b.csv", broken.encode())], "currency": "EUR"}
    client.post(UPLOAD, files)
    assert Import.objects.count() == 2
    response = client.get(mapping.get_absolute_url())
    assert response.status_code == 200
    assert sorted(response.context["form"].words) == ["dividende", "kauf", "verkauf"]


def test_a_mapping_reads_the_files_of_its_owner_only(client: Client, bob: User):
    mapping = kept(client)
    with pytest.raises(ImporterError, match="has been deleted"):
        ingest.stage(bob, "depot.csv", GERMAN.encode(), format=f"mapping:{mapping.pk}")
    with pytest.raises(ImporterError, match="format is not known"):
        ingest.stage(bob, "depot.csv", GERMAN.encode())
    client.force_login(bob)
    assert "/imports/unknown/" in upload(client, GERMAN)


@pytest.mark.parametrize("key", ["", "x", "²", "9" * 30])
def test_a_mapping_that_cannot_be_is_none(alice: User, key: str):
    with pytest.raises(ImporterError, match="has been deleted"):
        ingest.stage(alice, "depot.csv", GERMAN.encode(), format=f"mapping:{key}")


def test_a_sheet_of_an_unknown_workbook_is_mapped_and_the_next_one_recognised(client: Client):
    rows = [line.split(";") for line in GERMAN.splitlines()]
    files = {"uploads": [SimpleUploadedFile("b.xlsx", workbook(Note=[["Dear Sir"]], Depot=rows))]}
    address = client.post(UPLOAD, files)["Location"]
    data = choices(client, address)
    assert client.get(address).context["file"].file_name == "b.xlsx › Depot"
    client.post(address, data | {"word_3": "FEE", "name": "Book", "save": "1"})
    client.post(reverse("transactions:import-confirm", args=[Import.objects.get().pk]))
    assert Transaction.objects.count() == 4
    rows.append(
        ["01.07.2024", "", "Dividende", "SAP SE", "DE0007164600", "", "", "", "11,00", "EUR"]
    )
    files = {"uploads": [SimpleUploadedFile("c.xlsx", workbook(Depot=rows))]}
    client.post(UPLOAD, files)
    newer = Import.objects.latest("pk")
    client.post(reverse("transactions:import-confirm", args=[newer.pk]))
    assert Transaction.objects.count() == 5
    form = client.get(ColumnMapping.objects.get().get_absolute_url()).context["form"]
    assert form.words[:2] == ["dividende", "kauf"]


def test_a_file_with_other_columns_than_the_mapping_is_refused(client: Client, tmp_path, capsys):
    kept(client)
    file = tmp_path / "other.csv"
    file.write_text(ENGLISH)
    with pytest.raises(SystemExit):
        call_command("import_transactions", str(file), mapping="Sparkasse")
    assert (
        "other.csv does not have the columns of the mapping “Sparkasse”." in capsys.readouterr().err
    )
