"""From a file on the page to rows in the ledger, and back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from portfolio.models import Position
from tests.factories import AccountFactory, ImportFactory, ledger
from transactions import tasks
from transactions.models import Account, Import, Transaction

UPLOAD = reverse("transactions:import-upload")
HEADER = "date,type,ticker,quantity,price,amount,currency\n"
GOOD = HEADER + "2024-01-05,BUY,AAA,10,5,50,EUR\n2024-02-05,SELL,AAA,4,6,24,EUR\n"
BROKEN = GOOD + "2024-03-05,GIFT,AAA,1,1,1,EUR\n"


@pytest.fixture(autouse=True)
def signed_in(alice: User, client: Client) -> None:
    client.force_login(alice)


def upload(client: Client, *files: tuple[str, str | bytes], **fields: str):
    sent = [
        SimpleUploadedFile(name, data.encode() if isinstance(data, str) else data)
        for name, data in files
    ]
    return client.post(UPLOAD, {"uploads": sent, **fields})


def staged(client: Client, text: str = GOOD, name: str = "trades.csv", **fields: str) -> Import:
    response = upload(client, (name, text), **fields)
    assert response.status_code == 302, response.context["refusals"]
    return Import.objects.latest("pk")


def page(name: str, record: Import, *more: int) -> str:
    return reverse(f"transactions:{name}", args=[record.pk, *more])


def confirmed(client: Client, text: str = GOOD, **choices: str) -> Import:
    record = staged(client, text)
    response = client.post(page("import-confirm", record), choices)
    assert response["Location"] == page("import-detail", record)
    record.refresh_from_db()
    return record


def test_one_file_leads_to_its_preview_and_writes_nothing(client: Client, alice: User) -> None:
    response = upload(client, ("trades.csv", GOOD))
    record = Import.objects.get()
    assert response["Location"] == page("import-preview", record)
    assert (record.status, record.account.owner) == (Import.Status.PREVIEW, alice)
    shown = client.get(response["Location"]).content.decode()
    assert "Import 2 new rows" in shown
    assert not Transaction.objects.exists()


def test_the_preview_shows_the_effect_on_positions(client: Client) -> None:
    account = AccountFactory(owner=User.objects.get(), name="Mine")
    ledger(account, "2023-01-05 BUY 2 AAA @ 5")
    record = staged(client, account="Mine")
    effects = client.get(page("import-preview", record)).context["summary"].results[0].effects
    assert [(one.ticker, one.quantity_before, one.quantity_after) for one in effects] == [
        ("AAA", Decimal(2), Decimal(8))
    ]


def test_confirming_imports_and_positions_follow(client: Client) -> None:
    record = confirmed(client)
    assert (record.status, record.imported) == (Import.Status.IMPORTED, 2)
    assert Position.objects.get().quantity == Decimal(6)
    shown = client.get(record.get_absolute_url()).content.decode()
    assert "Undo" in shown
    assert "AAA" in shown


def test_confirming_twice_imports_once(client: Client) -> None:
    record = confirmed(client)
    response = client.post(page("import-confirm", record), follow=True)
    assert "was decided about already" in response.content.decode()
    assert Transaction.objects.count() == 2


def test_the_same_file_again_brings_nothing_new(client: Client) -> None:
    confirmed(client)
    shown = client.get(page("import-preview", staged(client))).content.decode()
    assert "There is nothing new in this file." in shown


def test_rejects_stop_the_import_unless_asked_for(client: Client) -> None:
    record = staged(client, BROKEN)
    shown = client.get(page("import-preview", record)).content.decode()
    assert "1 row cannot be read" in shown
    assert "GIFT" in shown
    response = client.post(page("import-confirm", record), follow=True)
    assert "nothing was imported" in response.content.decode()
    assert not Transaction.objects.exists()
    client.post(page("import-confirm", record), {"keep_rejects": "on"})
    record.refresh_from_db()
    assert (record.imported, record.rejected) == (2, 1)
    kept = client.get(record.get_absolute_url()).content.decode()
    assert "Rejected rows" in kept
    assert page("import-line", record, 4) in kept


def test_likely_duplicates_are_left_out_unless_asked_for(client: Client) -> None:
    account = AccountFactory(owner=User.objects.get(), name="Mine")
    ledger(account, "2024-01-05T15:00 BUY 10 AAA @ 5")
    record = staged(client, account="Mine")
    preview = page("import-preview", record)
    assert client.get(preview).context["summary"].counts["likely_duplicate"] == 1
    assert client.post(preview, {"import_likely_duplicates": "on"})["Location"] == preview
    assert client.get(preview).context["summary"].counts["likely_duplicate"] == 0
    client.post(page("import-confirm", record), {"import_likely_duplicates": "on"})
    assert Transaction.objects.count() == 3


def test_a_preview_follows_what_happens_meanwhile(client: Client) -> None:
    first, second = staged(client), staged(client)
    assert client.get(page("import-preview", second)).context["summary"].counts["imported"] == 2
    client.post(page("import-confirm", first))
    assert client.get(page("import-preview", second)).context["summary"].counts["imported"] == 0


def test_rows_are_filtered_by_verdict_and_paged(client: Client) -> None:
    rows = "".join(f"2024-01-05,BUY,AAA,{number + 1},5,,EUR\n" for number in range(60))
    record = staged(client, HEADER + rows + "2024-03-05,GIFT,AAA,1,1,1,EUR\n")
    preview = page("import-preview", record)
    assert len(client.get(preview).context["rows"]) == 50
    assert len(client.get(preview, {"page": "2"}).context["rows"]) == 11
    assert len(client.get(preview, {"verdict": "rejected"}).context["rows"]) == 1
    assert len(client.get(preview, {"verdict": "nonsense"}).context["rows"]) == 50
    fragment = client.get(preview, headers={"HX-Request": "true"})
    assert fragment.content.decode().lstrip().startswith('<div id="preview"')
    assert "HX-Request" in fragment["Vary"]


def test_one_bad_file_does_not_stop_the_others(client: Client) -> None:
    response = upload(client, ("trades.csv", GOOD), ("page.html", "<!doctype html><p>hi"))
    assert response["Location"] == reverse("transactions:imports")
    shown = client.get(response["Location"]).content.decode()
    assert "page.html: This is a web page, not an export." in shown
    assert "trades.csv" in shown


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04rest", "The archive is damaged"),
        (b"Dear Sir, hello\n", "The format is not known"),
        (b"\x00\x01\x02\x03" * 50, "The file is binary"),
    ],
)
def test_garbage_gets_one_sentence_and_changes_nothing(
    client: Client, data: bytes, sentence: str
) -> None:
    response = upload(client, ("garbage.csv", data))
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert not Import.objects.exists()
    assert not Account.objects.exists()


def test_no_file_and_too_large_a_file_get_a_sentence(client: Client, settings) -> None:
    assert "Choose at least one file." in client.post(UPLOAD, {}).content.decode()
    settings.IMPORT_MAX_BYTES = 10
    shown = upload(client, ("trades.csv", GOOD)).content.decode()
    assert "at most" in shown
    assert "Export a shorter period." in shown


def test_the_account_is_chosen_or_named(client: Client, alice: User) -> None:
    AccountFactory(owner=alice, name="Mine")
    assert staged(client, account="Mine").account.name == "Mine"
    named = staged(client, account_name="Savings", currency="CHF").account
    assert (named.name, named.currency) == ("Savings", "CHF")


def test_the_account_of_another_cannot_be_chosen(client: Client, bob: User) -> None:
    AccountFactory(owner=bob, name="Theirs")
    assert upload(client, ("trades.csv", GOOD), account="Theirs").status_code == 200
    assert not Import.objects.exists()


def test_a_file_is_discarded(client: Client) -> None:
    record = staged(client)
    assert client.post(page("import-discard", record))["Location"] == reverse(
        "transactions:imports"
    )
    assert not Import.objects.exists()


def test_an_import_in_the_ledger_cannot_be_discarded(client: Client) -> None:
    record = confirmed(client)
    client.post(page("import-discard", record))
    assert Transaction.objects.count() == 2


def test_forgotten_previews_go_with_the_next_upload(client: Client) -> None:
    forgotten = staged(client)
    Import.objects.filter(pk=forgotten.pk).update(created_at=timezone.now() - timedelta(days=2))
    record = staged(client)
    assert list(Import.objects.all()) == [record]


def test_undoing_says_how_much_goes_and_takes_it_back(client: Client) -> None:
    record = confirmed(client)
    undo = page("import-undo", record)
    assert "2 transactions" in client.get(undo).content.decode()
    shown = client.post(undo, follow=True).content.decode()
    assert "2 rows are gone" in shown
    assert "was undone" in shown
    assert not Position.objects.exists()
    assert "only an import in the ledger" in client.post(undo, follow=True).content.decode()


def test_the_original_is_downloaded_bit_for_bit(client: Client) -> None:
    record = staged(client, name="my trades.csv")
    response = client.get(page("import-original", record))
    assert response.getvalue() == GOOD.encode()
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="my trades.csv"'


def test_a_line_is_shown_with_its_neighbours(client: Client) -> None:
    record = confirmed(client)
    response = client.get(page("import-line", record, 2))
    assert [(one.number, one.is_wanted) for one in response.context["lines"]] == [
        (1, False),
        (2, True),
        (3, False),
    ]
    shown = response.content.decode()
    assert "2024-01-05,BUY,AAA,10,5,50,EUR" in shown
    row = Transaction.objects.get(source_line=2)
    assert reverse("transactions:transaction", args=[row.pk]) in shown
    fragment = client.get(page("import-line", record, 2), headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()


def test_a_line_beyond_the_file_is_said_to_be_missing(client: Client) -> None:
    record = confirmed(client)
    assert "has no line 99" in client.get(page("import-line", record, 99)).content.decode()


def test_the_text_of_a_file_is_escaped(client: Client) -> None:
    record = ImportFactory(
        account=AccountFactory(owner=User.objects.get()), data=b"<script>alert(1)</script>\n"
    )
    shown = client.get(page("import-line", record, 1)).content.decode()
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_a_large_file_is_previewed_and_imported_by_a_worker(client: Client, settings) -> None:
    settings.IMPORT_IN_REQUEST_ROWS = 1
    record = staged(client)
    preview = page("import-preview", record)
    assert "a worker finds out" in client.get(preview).content.decode()
    tasks.work_out_preview(import_id=record.pk)
    assert "Import 2 new rows" in client.get(preview).content.decode()

    response = client.post(page("import-confirm", record))
    assert response["Location"] == page("import-detail", record)
    assert ProcrastinateJob.objects.filter(task_name=tasks.import_file.name).count() == 1
    waiting = client.get(record.get_absolute_url()).content.decode()
    assert 'hx-trigger="every 1s"' in waiting
    assert "no worker is running" in waiting
    assert not Transaction.objects.exists()

    tasks.import_file(import_id=record.pk)
    done = client.get(record.get_absolute_url()).content.decode()
    assert 'hx-trigger="every 1s"' not in done
    assert Transaction.objects.count() == 2


def test_a_job_imports_only_what_is_queued(client: Client) -> None:
    record = staged(client)
    tasks.import_file(import_id=record.pk)
    tasks.import_file(import_id=10**9)
    assert not Transaction.objects.exists()
    assert tasks.queue_import(record)
    assert not tasks.queue_import(record)
    tasks.import_file(import_id=record.pk)
    tasks.import_file(import_id=record.pk)
    assert Transaction.objects.count() == 2


def test_a_failed_job_says_why(client: Client) -> None:
    record = staged(client, BROKEN)
    tasks.queue_import(record)
    tasks.import_file(import_id=record.pk)
    record.refresh_from_db()
    assert record.status == Import.Status.FAILED
    assert "could not be understood" in record.error
    assert "could not be understood" in client.get(record.get_absolute_url()).content.decode()


def test_an_unexpected_failure_is_stored_and_raised(client: Client, monkeypatch) -> None:
    def explode(staged: Import) -> None:
        raise ZeroDivisionError

    record = staged(client)
    tasks.queue_import(record)
    monkeypatch.setattr("transactions.ingest.run", explode)
    with pytest.raises(ZeroDivisionError):
        tasks.import_file(import_id=record.pk)
    record.refresh_from_db()
    assert (record.status, record.error) == (Import.Status.FAILED, tasks.UNEXPECTED)


@pytest.mark.parametrize("count", [1, 3])
def test_the_history_takes_the_same_queries_for_any_length(
    client: Client, alice: User, django_assert_num_queries, count: int
) -> None:
    for _ in range(count):
        ImportFactory(account=AccountFactory(owner=alice))
        ImportFactory(account=AccountFactory(owner=alice), status=Import.Status.IMPORTED)
    with django_assert_num_queries(5) as queries:
        client.get(reverse("transactions:imports"))
    assert not [one for one in queries.captured_queries if '"content"' in one["sql"]]


def test_the_history_is_paged(client: Client, alice: User) -> None:
    account = AccountFactory(owner=alice)
    for _ in range(51):
        ImportFactory(account=account, status=Import.Status.IMPORTED)
    first = client.get(reverse("transactions:imports"))
    assert (len(first.context["imports"]), first.context["older"]) == (50, 50)
    last = client.get(reverse("transactions:imports"), {"from": "50"})
    assert (len(last.context["imports"]), last.context["newer"]) == (1, 0)


def test_methods_are_checked(client: Client) -> None:
    record = staged(client)
    for name in ("import-confirm", "import-discard"):
        assert client.get(page(name, record)).status_code == 405
    for name in ("import-detail", "import-original"):
        assert client.post(page(name, record)).status_code == 405
