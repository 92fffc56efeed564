"""The page of realised gains: a year and its sums, one slice explained, and the same numbers as files."""

import csv
import io
from datetime import date
from decimal import Decimal as D

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from portfolio.models import Disposal
from pricing.models import ExchangeRate
from pricing.money import EXACT
from tests.factories import AccountFactory, ledger

HTMX = {"HX-Request": "true", "HX-Target": "div#gains"}


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


@pytest.fixture
def sold(alice, broker):
    """Sales of two years in two accounts; dollars at 1.25 a euro, and at 1.60 from 2024 on."""
    for day, rate in (("2022-01-02", "1.25"), ("2024-01-01", "1.60")):
        ExchangeRate.objects.create(
            currency="USD", date=date.fromisoformat(day), rate=D(rate), source="ecb"
        )
    ledger(broker, "2022-01-05 BUY 10 AAA @ 10", "2023-03-01 SELL 4 AAA @ 15")
    ledger(
        broker,
        "2023-06-05 BUY 10 KO @ 50",
        "2024-02-05 SELL 4 KO @ 60",
        currency="USD",
    )
    ledger(broker, "2024-03-01 SELL 2 AAA @ 8")
    dollars = AccountFactory(owner=alice, name="Dollars", currency="USD")
    ledger(dollars, "2022-01-05 BUY 10 KO @ 50", "2024-05-05 SELL 5 KO @ 70")
    return dollars


def opened(client: Client, query: str = ""):
    return client.get(f"/gains/?{query}")


def groups(response, name: str) -> dict[tuple[str, str], D]:
    return {
        (group.label, group.currency): group.found.home_gain for group in response.context[name]
    }


def text(response) -> str:
    return " ".join(response.text.split())


def test_the_latest_year_is_shown_first(signed_in, sold):
    response = opened(signed_in)
    assert response.context["year"] == 2024
    assert [(row.ticker, row.home_gain) for row in response.context["slices"]] == [
        ("KO", D(100)),
        ("AAA", D(-4)),
        # 240 dollars at 0.625, less 200 at 0.8.
        ("KO", D(-10)),
    ]


def test_the_sums_of_a_year(signed_in, sold):
    response = opened(signed_in, "year=2024")
    assert groups(response, "homes") == {("", "EUR"): D(-14), ("", "USD"): D(100)}
    assert groups(response, "instruments") == {
        ("KO", "USD"): D(100),
        ("AAA", "EUR"): D(-4),
        ("KO", "EUR"): D(-10),
    }
    assert groups(response, "accounts") == {("Dollars", "USD"): D(100), ("Broker", "EUR"): D(-14)}
    assert groups(response, "held") == {
        ("365 days or less", "EUR"): D(-10),
        ("More than 365 days", "EUR"): D(-4),
        ("More than 365 days", "USD"): D(100),
    }
    assert [(group.label, group.found.gain) for group in response.context["currencies"]] == [
        ("EUR", D(-4)),
        ("USD", D(40)),
        ("USD", D(100)),
    ]
    euros = response.context["homes"][0].found
    assert (euros.price_gain, euros.currency_gain) == (D(21), D(-35))


def test_every_year_has_its_sum(signed_in, sold):
    years = groups(opened(signed_in), "years")
    assert years == {("2024", "EUR"): D(-14), ("2024", "USD"): D(100), ("2023", "EUR"): D(20)}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("year=2023", 1),
        ("year=0", 4),
        ("year=1999", 0),
        ("year=0&instrument=KO", 2),
        ("year=0&instrument=ko", 2),
        ("instrument=AAA", 1),
        ("instrument=NONE", 0),
        ("on=2023-12-31", 1),
        ("on=2024-02-29&year=2024", 1),
        ("year=nonsense&account=nonsense", 3),
    ],
)
def test_a_selection_lists_as_many_slices_as_it_adds_up(signed_in, sold, query, count):
    response = opened(signed_in, query)
    assert response.context["whole"].slices == count
    assert len(response.context["slices"]) == count


def test_one_account_of_several(signed_in, sold):
    response = opened(signed_in, f"account={sold.pk}&year=0")
    assert groups(response, "homes") == {("", "USD"): D(100)}


def test_the_year_can_be_chosen_from_those_with_sales(signed_in, sold):
    page = text(opened(signed_in, "year=2023"))
    assert '<option value="2024">2024</option>' in page
    assert '<option value="2023" selected>2023</option>' in page
    assert '<option value="0">All years</option>' in page


def test_a_slice_links_to_its_rows_and_its_explanation(signed_in, sold):
    response = opened(signed_in, "year=2023")
    (row,) = response.context["slices"]
    page = text(response)
    assert f'<a href="/transactions/{row.bought_by}/">' in page
    assert f'<a href="/transactions/{row.sold_by}/">' in page
    assert f'<a class="explained" href="/gains/{row.pk}/">' in page


def test_an_explanation_does_the_sum_again(signed_in, sold):
    foreign = Disposal.objects.get(
        lot__position__account__name="Broker", lot__position__instrument="KO"
    )
    page = text(signed_in.get(f"/gains/{foreign.pk}/"))
    assert "240.00 × 0.625" in page
    assert "200.00 × 0.8" in page
    assert "200.00 × 0.625 \u2212 160.00" in page
    for figure in (
        "+40.00 USD",
        "\u221210.00 EUR",
        "\u221235.00 EUR",
        "+25.00 EUR",
    ):
        assert figure in page, figure
    assert f"/transactions/{foreign.closing_transaction_id}/" in page
    assert f"/transactions/{foreign.lot.opening_transaction_id}/" in page


def test_a_split_between_purchase_and_sale_is_among_the_rows(signed_in, broker):
    ledger(broker, "2024-01-05 BUY 1 NVDA @ 100", "2024-06-10 SPLIT 9 NVDA")
    ledger(broker, "2024-08-05 SELL 5 NVDA @ 12")
    page = text(signed_in.get(f"/gains/{Disposal.objects.get().pk}/"))
    assert page.count("It changed the units of the purchase, not their cost.") == 1
    assert "10 Jun 2024" in page


def test_an_unknown_gain_is_counted_and_leads_to_what_is_missing(signed_in, broker):
    buy, _ = ledger(broker, "2024-01-05 BUY 2 XAU", "2024-02-05 SELL 1 XAU @ 1900")
    page = text(opened(signed_in))
    assert "The gain of 1 part is unknown" in page
    assert f'<a class="unknown" href="/transactions/{buy.pk}/edit/">unknown</a>' in page
    explained = text(signed_in.get(f"/gains/{Disposal.objects.get().pk}/"))
    assert "unknown" in explained


def test_a_gain_without_a_rate_leads_to_the_missing_rates(signed_in, broker):
    ledger(broker, "2024-01-05 BUY 2 KO @ 5", "2024-02-05 SELL 1 KO @ 6", currency="USD")
    page = text(opened(signed_in))
    assert "For 1 there is no exchange rate on the day of purchase or sale" in page
    assert '<a class="unknown" href="/data-health/#rates">unknown</a>' in page
    explained = text(signed_in.get(f"/gains/{Disposal.objects.get().pk}/"))
    assert "+1.00 USD" in explained
    assert '<a class="unknown" href="/data-health/#rates">unknown</a>' in explained


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_of_a_year_has_the_numbers_of_the_page(signed_in, sold, form):
    response = signed_in.get(f"/gains/file/?year=2024&format={form}")
    assert f'filename="gains-2024.{form}"' in response["Content-Disposition"]
    body = response.getvalue()
    if form == "xlsx":
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0)
        head, *lines = sheet.to_python()
        rows = [dict(zip(head, map(str, line), strict=True)) for line in lines]
    else:
        rows = list(csv.DictReader(io.StringIO(body.decode())))
    page = opened(signed_in, "year=2024")
    assert [row["ticker"] for row in rows] == ["KO", "AAA", "KO"]
    assert [row["days_held"].removesuffix(".0") for row in rows] == ["851", "786", "245"]
    for column in ("price_gain", "currency_gain", "account_gain"):
        for group in page.context["homes"]:
            total = D(0)
            for row in rows:
                if row["account_currency"] == group.currency:
                    total = EXACT.add(total, D(row[column]))
            field = "home_gain" if column == "account_gain" else column
            assert total == getattr(group.found, field), (column, group.currency)


def test_the_file_without_a_year_is_that_of_the_latest(signed_in, sold):
    latest = signed_in.get("/gains/file/")
    assert 'filename="gains-2024.csv"' in latest["Content-Disposition"]
    assert latest.getvalue().count(b"\r\n") == 4
    assert signed_in.get("/gains/file/?year=0").getvalue().count(b"\r\n") == 5
    assert signed_in.get("/gains/file/?format=exe").status_code == 404


def test_a_cover_is_a_sale_in_the_file(signed_in, broker):
    ledger(broker, "2024-01-05 SELL 2 AAA @ 10", "2024-01-09 BUY 2 AAA @ 8")
    (row,) = csv.DictReader(io.StringIO(signed_in.get("/gains/file/").getvalue().decode()))
    assert (row["type"], row["bought"], row["sold"], row["days_held"], row["gain"]) == (
        "SELL",
        "2024-01-09",
        "2024-01-05",
        "",
        "4",
    )


def test_long_lists_come_in_pages(signed_in, broker, monkeypatch):
    monkeypatch.setattr("portfolio.gain_tables.SLICES_A_PAGE", 2)
    ledger(broker, "2024-01-01 BUY 9 AAA @ 1")
    ledger(broker, *[f"2024-02-0{day} SELL 1 AAA @ {day}" for day in range(1, 6)])
    response = opened(signed_in, "page=2")
    assert [row.proceeds for row in response.context["slices"]] == [D(3), D(2)]
    assert "3–4 of 5" in response.text
    assert [row.proceeds for row in opened(signed_in, "page=99").context["slices"]] == [D(1)]


def test_htmx_gets_the_figures_alone(signed_in, sold):
    response = signed_in.get("/gains/?year=2023", headers=HTMX)
    assert response.text.strip().startswith('<div id="gains"')
    assert "<html" not in response.text


def test_nothing_sold_says_what_to_do_next(signed_in, broker):
    assert "Nothing was sold yet" in opened(signed_in).text
    ledger(broker, "2024-01-05 BUY 2 AAA @ 10", "2024-01-09 SELL 2 AAA @ 8")
    assert "Nothing was sold" in opened(signed_in, "year=1999").text


def test_nothing_of_somebody_else_is_shown(signed_in, bob, sold):
    foreign = AccountFactory(owner=bob, name="Bobs depot")
    ledger(foreign, "2024-01-05 BUY 2 SECRET @ 10", "2024-01-09 SELL 2 SECRET @ 8")
    for query in ("year=0", f"account={foreign.pk}", "instrument=SECRET&year=0"):
        page = opened(signed_in, query).text
        assert "Bobs depot" not in page
        assert "SECRET</a>" not in page
    assert b"SECRET" not in signed_in.get("/gains/file/?year=0").getvalue()
    hidden = Disposal.objects.get(lot__position__account=foreign)
    assert signed_in.get(f"/gains/{hidden.pk}/").status_code == 404
    assert signed_in.get("/gains/999999/").status_code == 404


def test_only_reading_is_possible(signed_in, sold):
    for path in ("/gains/", "/gains/file/", f"/gains/{Disposal.objects.first().pk}/"):
        assert signed_in.post(path).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(signed_in, alice, rows, django_assert_num_queries):
    for number in range(1, rows + 1):
        account = AccountFactory(owner=alice)
        ledger(
            account,
            f"2024-01-0{number} BUY 2 A{number} @ 5",
            f"2024-02-0{number} SELL 1 A{number} @ 6",
        )
    # Session, user, accounts, the sums (twice, each kept with all its parts), a page, the field.
    with django_assert_num_queries(6):
        opened(signed_in)
    with django_assert_num_queries(5):
        opened(signed_in)
