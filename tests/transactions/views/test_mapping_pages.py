"""A file of an unknown format: what its owner is asked, what is shown, and the next file like it."""

import json

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from tests.transactions.importers.test_mapped import GERMAN
from transactions.kept_files import ColumnMapping, UnknownFile
from transactions.models import Import, Transaction

UPLOAD = reverse("transactions:import-upload")
MAPPINGS = reverse("transactions:mappings")


@pytest.fixture(autouse=True)
def signed_in(alice: User, client: Client) -> None:
    client.force_login(alice)


def upload(client: Client, text: str = GERMAN, name: str = "depot.csv", **fields: str):
    return client.post(UPLOAD, {"uploads": [SimpleUploadedFile(name, text.encode())], **fields})


def unknown(client: Client, text: str = GERMAN) -> str:
    response = upload(client, text)
    assert response.status_code == 302, response.context["refusals"]
    return response["Location"]


def choices(client: Client, address: str) -> dict[str, str]:
    """What the browser would post without a change."""
    return client.get(address).context["form"].as_posted().dict()


def test_an_unknown_table_leads_to_its_columns_with_a_guess_and_what_comes_of_it(client: Client):
    response = client.get(unknown(client))
    form, trial = response.context["form"], response.context["trial"]
    assert form["column_amount"].value() == "8"
    assert [field.label for field in form.word_fields()] == [
        "kauf",
        "dividende",
        "verkauf",
        "depotführung",
    ]
    assert trial["counts"] == {"imported": 3, "rejected": 1}
    assert "has no meaning in the mapping" in response.content.decode()
    assert not Transaction.objects.exists()


def test_a_changed_choice_shows_what_comes_of_it_and_keeps_nothing(client: Client):
    address = unknown(client)
    data = choices(client, address) | {"word_3": "FEE"}
    response = client.post(address, data, headers={"HX-Request": "true"})
    assert response.context["trial"]["counts"] == {"imported": 4}
    assert response.content.decode().lstrip().startswith('<form id="mapping"')
    assert not ColumnMapping.objects.exists()


def test_what_is_missing_is_said(client: Client):
    address = unknown(client)
    data = choices(client, address)
    for name in ("column_amount", "column_quantity", "column_currency"):
        data[name] = ""
    response = client.post(address, data)
    assert "Choose the column of the quantity" in response.content.decode()
    data["column_amount"] = "8"
    assert "Choose the column of the currency" in client.post(address, data).content.decode()


def test_a_kept_mapping_stages_the_file_and_the_next_one_is_recognised(client: Client):
    address = unknown(client)
    data = choices(client, address) | {"word_3": "FEE", "name": "Sparkasse", "save": "1"}
    response = client.post(address, data)
    staged = Import.objects.get()
    assert response["Location"] == reverse("transactions:import-preview", args=[staged.pk])
    assert not UnknownFile.objects.exists()
    mapping = ColumnMapping.objects.get()
    assert (mapping.name, staged.format) == ("Sparkasse", f"mapping:{mapping.pk}")
    assert "Read as your mapping" in client.get(response["Location"]).content.decode()
    client.post(reverse("transactions:import-confirm", args=[staged.pk]))
    assert Transaction.objects.count() == 4

    later = GERMAN + "01.07.2024;;Dividende;SAP SE;DE0007164600;;;;11,00;EUR\n"
    response = upload(client, later, "newer.csv")
    newer = Import.objects.latest("pk")
    assert response["Location"] == reverse("transactions:import-preview", args=[newer.pk])
    client.post(reverse("transactions:import-confirm", args=[newer.pk]))
    assert Transaction.objects.count() == 5


def test_an_import_whose_mapping_is_gone_says_so(client: Client):
    address = unknown(client)
    client.post(address, choices(client, address) | {"save": "1"})
    ColumnMapping.objects.all().delete()
    response = client.get(reverse("transactions:import-preview", args=[Import.objects.get().pk]))
    assert (
        "The mapping with which this file was read has been deleted." in response.content.decode()
    )


def test_what_is_no_table_is_refused_with_a_sentence(client: Client):
    response = upload(client, "Dear Sir,\nplease find my shares.\n")
    ((_, sentence),) = response.context["refusals"]
    assert sentence.startswith("The format is not known, and it is no table either")


def test_a_file_whose_quoting_breaks_later_is_said_to_be_broken(client: Client):
    rows = "2024-01-02,1,a\n" * 300 + '2024-01-02,"' + "x" * 140_000 + "\n"
    address = unknown(client, "Date,Amount,Note\n" + rows)
    data = choices(client, address) | {"currency": "EUR"}
    response = client.post(address, data)
    assert "the quoting is broken" in response.content.decode()
    address = client.post(address, data | {"save": "1"})["Location"]
    assert "the quoting is broken" in client.get(address).content.decode()


def test_waiting_files_are_listed_and_discarded(client: Client):
    address = unknown(client)
    assert "Map its columns" in client.get(reverse("transactions:imports")).content.decode()
    client.post(f"{address}discard/")
    assert not UnknownFile.objects.exists()


@pytest.fixture
def mapping(client: Client) -> ColumnMapping:
    address = unknown(client)
    client.post(address, choices(client, address) | {"name": "Sparkasse", "save": "1"})
    return ColumnMapping.objects.get()


def test_a_mapping_is_corrected_without_a_file(client: Client, mapping: ColumnMapping):
    Import.objects.all().delete()
    address = mapping.get_absolute_url()
    form = client.get(address).context["form"]
    assert sorted(form.words) == ["dividende", "kauf", "verkauf"]
    data = form.as_posted().dict()
    data |= {f"word_{form.words.index('dividende')}": "INTEREST", "name": "Other", "save": "1"}
    assert client.post(address, data)["Location"] == MAPPINGS
    mapping.refresh_from_db()
    assert (mapping.name, mapping.layout["kinds"]["dividende"]) == ("Other", "INTEREST")
    assert "Other" in client.get(MAPPINGS).content.decode()


def test_two_mappings_do_not_share_a_name(client: Client, alice: User, mapping: ColumnMapping):
    ColumnMapping.objects.create(owner=alice, name="Taken", header_hash="x", layout=mapping.layout)
    data = client.get(mapping.get_absolute_url()).context["form"].as_posted().dict()
    response = client.post(mapping.get_absolute_url(), data | {"name": "Taken", "save": "1"})
    assert "Another mapping has this name." in response.content.decode()


def test_a_mapping_is_deleted(client: Client, mapping: ColumnMapping):
    client.post(f"{mapping.get_absolute_url()}delete/")
    assert "There is none yet" in client.get(MAPPINGS).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow(
    client: Client, alice: User, mapping: ColumnMapping, count: int, django_assert_num_queries
):
    for number in range(count):
        ColumnMapping.objects.create(
            owner=alice, name=f"M{number}", header_hash="x", layout=mapping.layout
        )
    with django_assert_num_queries(3):
        client.get(MAPPINGS)


def test_the_command_line_lists_shows_loads_and_deletes(mapping: ColumnMapping, capsys, tmp_path):
    call_command("mappings")
    assert "Sparkasse" in capsys.readouterr().out
    call_command("mappings", show="Sparkasse")
    shown = json.loads(capsys.readouterr().out)
    assert shown["columns"]["amount"] == 8
    file = tmp_path / "mapping.json"
    file.write_text(json.dumps(shown | {"name": "Copy"}))
    call_command("mappings", load=file)
    call_command("mappings", delete="Sparkasse")
    assert [one.name for one in ColumnMapping.objects.all()] == ["Copy"]
    call_command("mappings", delete="Copy")
    capsys.readouterr()
    call_command("mappings")
    assert "There are no mappings." in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no mapping “Copy”"):
        call_command("mappings", show="Copy")
    file.write_text("{}")
    with pytest.raises(CommandError, match="holds no mapping"):
        call_command("mappings", load=file)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("mappings", load=tmp_path / "none.json")


def test_a_file_is_imported_with_a_mapping_by_name(mapping: ColumnMapping, tmp_path, capsys):
    Import.objects.all().delete()
    file = tmp_path / "depot.csv"
    file.write_text(GERMAN)
    call_command("import_transactions", str(file), mapping="Sparkasse", keep_rejects=True)
    assert Transaction.objects.count() == 3
    with pytest.raises(SystemExit):
        call_command("import_transactions", str(file), mapping="Nobody’s")
    assert "There is no mapping “Nobody’s”. There are: “Sparkasse”." in capsys.readouterr().err


def test_nobody_reads_a_file_by_the_mapping_of_another(mapping: ColumnMapping, tmp_path, capsys):
    User.objects.create(username="stranger")
    file = tmp_path / "depot.csv"
    file.write_text(GERMAN)
    with pytest.raises(SystemExit):
        call_command(
            "import_transactions", str(file), format=f"mapping:{mapping.pk}", user="stranger"
        )
    assert "The mapping with which this file was read has been deleted." in capsys.readouterr().err
