"""The income page: sums per month, instrument, type and currency, and the payments that they are made of."""

import csv
import io
from datetime import date
from decimal import Decimal as D

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from pricing.models import ExchangeRate
from pricing.money import EXACT
from pricing.signals import rates_changed
from tests.factories import AccountFactory, ledger

HTMX = {"HX-Request": "true", "HX-Target": "div#income"}


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


def publish(day: str, rate: str, currency: str = "USD") -> None:
    ExchangeRate.objects.create(
        currency=currency, date=date.fromisoformat(day), rate=D(rate), source="ecb"
    )


@pytest.fixture
def rates(db):
    """Dollars per euro: 1.25 in 2023, 1.60 from March 2024 on."""
    publish("2023-01-02", "1.25")
    publish("2024-03-01", "1.60")


@pytest.fixture
def earned(broker, rates):
    """Dividends of two years in two currencies, interest, a reward, and a dividend taken back."""
    return [
        *ledger(broker, "2023-05-10 DIVIDEND 10 AAA = 100", tax=D(15)),
        *ledger(broker, "2024-05-10 DIVIDEND 10 AAA = 80", tax=D(12), fee=D("1.50")),
        *ledger(broker, "2024-02-29 DIVIDEND 4 KO = 50", currency="USD", tax=D(10)),
        *ledger(broker, "2024-03-01 DIVIDEND 4 KO = 16", currency="USD"),
        *ledger(broker, "2024-05-31 INTEREST 7", "2024-06-01 DIVIDEND 10 AAA = -8"),
        *ledger(broker, "2024-06-02 STAKING 2 SOL = 20"),
    ]


def opened(client: Client, query: str = ""):
    return client.get(f"/income/?{query}")


def grid(response) -> dict[int, dict[int, D]]:
    return {
        row.year: {cell.month: cell.amount for cell in row.cells if cell.found.payments}
        for row in response.context["years"]
    }


def groups(response, name: str) -> dict[str, tuple[D, D, D, D]]:
    return {
        group.label: (
            group.found.in_gross,
            group.found.in_tax,
            group.found.in_fee,
            group.found.in_net,
        )
        for group in response.context[name]
    }


def listed(response) -> list[tuple[str, D]]:
    return [(str(row.transaction.trade_date), row.amount) for row in response.context["payments"]]


def text(response) -> str:
    return " ".join(response.text.split())


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.getvalue().decode())))


def test_each_month_of_each_year_is_told_in_the_chosen_currency(signed_in, earned):
    response = opened(signed_in)
    # 50 dollars at 1.25, 16 dollars at 1.60 a day later.
    assert grid(response) == {
        2024: {2: D(40), 3: D(10), 5: D(87), 6: D(12)},
        2023: {5: D(100)},
    }
    assert [row.amount for row in response.context["years"]] == [D(149), D(100)]
    assert response.context["all_amount"] == D(249)
    assert [cell.amount for cell in response.context["months"]][4:6] == [D(187), D(12)]


@pytest.mark.parametrize(
    ("measure", "amount"), [("gross", 149), ("tax", 20), ("fee", D("1.5")), ("net", D("127.5"))]
)
def test_the_months_show_gross_tax_fees_or_net(signed_in, earned, measure, amount):
    response = opened(signed_in, f"show={measure}")
    assert response.context["years"][0].amount == amount
    assert response.context["measure"] == measure


def test_another_currency_converts_every_payment_by_its_own_day(signed_in, earned):
    response = opened(signed_in, "currency=USD&year=2024")
    assert grid(response)[2024] == {2: D(50), 3: D(16), 5: D("139.2"), 6: D("19.2")}
    assert response.context["chosen"].in_gross == D("224.4")


def test_sums_by_instrument_type_and_currency(signed_in, earned):
    response = opened(signed_in, "year=2024")
    assert groups(response, "instruments") == {
        "AAA": (D(72), D(12), D("1.5"), D("58.5")),
        "KO": (D(50), D(8), D(0), D(42)),
        "SOL": (D(20), D(0), D(0), D(20)),
        "Cash": (D(7), D(0), D(0), D(7)),
    }
    assert groups(response, "kinds") == {
        "Dividend": (D(122), D(20), D("1.5"), D("100.5")),
        "Staking reward": (D(20), D(0), D(0), D(20)),
        "Interest": (D(7), D(0), D(0), D(7)),
    }
    told = {group.label: group.found for group in response.context["currencies"]}
    assert (told["USD"].gross, told["USD"].tax, told["USD"].net) == (D(66), D(10), D(56))
    assert (told["EUR"].gross, told["EUR"].net) == (D(99), D("85.5"))


@pytest.mark.parametrize(
    ("query", "payments"),
    [
        ("year=2023", [("2023-05-10", D(100))]),
        ("year=2024&month=3", [("2024-03-01", D(10))]),
        ("year=2024&month=12", []),
        ("instrument=KO", [("2024-03-01", D(10)), ("2024-02-29", D(40))]),
        ("instrument=ko&year=2024&month=2", [("2024-02-29", D(40))]),
        ("type=STAKING", [("2024-06-02", D(20))]),
        ("type=INTEREST&year=2024", [("2024-05-31", D(7))]),
        ("on=2023-12-31", [("2023-05-10", D(100))]),
        ("on=2024-02-29&year=2024", [("2024-02-29", D(40))]),
        # A month without its year would mean nothing, and nonsense narrows nothing.
        ("month=5&type=nonsense&account=nonsense&year=x&instrument=AAA", 3),
    ],
)
def test_a_selection_opens_to_the_rows_it_is_the_sum_of(signed_in, earned, query, payments):
    response = opened(signed_in, query)
    if isinstance(payments, int):
        assert len(listed(response)) == payments
    else:
        assert listed(response) == payments
    shown = sum((amount for _, amount in listed(response)), D(0))
    assert response.context["chosen"].in_gross == shown
    assert response.context["chosen"].payments == len(listed(response))


def test_each_payment_links_to_its_transaction_and_tells_its_rate(signed_in, earned):
    page = text(opened(signed_in, "year=2024&month=2"))
    assert f'<a href="/transactions/{earned[2].pk}/">' in page
    assert '0.80<span class="sub">ecb, 2 Jan 2023</span>' in page
    assert "Gross of 1 payment" in page


def test_one_account_of_several(signed_in, alice, broker, earned):
    other = AccountFactory(owner=alice, name="Other", currency="EUR")
    ledger(other, "2024-05-05 INTEREST 1000")
    assert opened(signed_in, f"account={broker.pk}").context["all_amount"] == D(249)
    assert opened(signed_in, f"account={other.pk}").context["all_amount"] == D(1000)
    assert opened(signed_in).context["all_amount"] == D(1249)


def test_the_rate_that_the_file_states_goes_first(signed_in, broker, rates):
    ledger(broker, "2024-05-10 DIVIDEND 4 KO = 100", currency="USD", fx_rate=D("0.70"))
    response = opened(signed_in)
    assert response.context["all_amount"] == D(70)
    assert 'class="sub">the file, 10 May 2024</span>' in text(response)
    # A rate of exactly 1 between two currencies is a placeholder.
    ledger(broker, "2024-05-11 DIVIDEND 4 KO = 16", currency="USD", fx_rate=D(1))
    assert opened(signed_in).context["all_amount"] == D(80)


def test_the_rate_of_the_file_converts_back_as_well(signed_in, alice, rates):
    account = AccountFactory(owner=alice, currency="USD")
    ledger(account, "2024-05-10 DIVIDEND 4 SAP = 100", currency="EUR", fx_rate=D("1.25"))
    ledger(account, "2024-05-10 INTEREST 50", fx_rate=None)
    # A euro is a euro, and dollars follow the published rate.
    assert opened(signed_in, "currency=EUR").context["all_amount"] == D("131.25")
    assert opened(signed_in, "currency=USD").context["all_amount"] == D(175)


def test_a_missing_rate_leaves_the_sums_incomplete_with_a_link(signed_in, broker):
    ledger(broker, "2024-05-10 DIVIDEND 4 KO = 100", currency="CHF")
    ledger(broker, "2024-05-11 DIVIDEND 4 AAA = 5")
    response = opened(signed_in)
    assert (response.context["chosen"].in_gross, response.context["chosen"].unrated) == (D(5), 1)
    page = text(response)
    assert (
        'For 1 amount there is no exchange rate into EUR on the day: <a href="/data-health/#rates">'
        in page
    )
    # Its month is not told as nothing earned.
    assert 'title="1 without an exchange rate">?</a>' in page


def test_a_reward_of_unknown_value_is_counted_and_leads_to_where_it_can_be_entered(
    signed_in, broker
):
    (reward,) = ledger(broker, "2024-05-10 STAKING 4 SOL")
    response = opened(signed_in)
    assert (response.context["chosen"].in_gross, response.context["chosen"].unknown) == (D(0), 1)
    page = text(response)
    assert f'<a class="unknown" href="/transactions/{reward.pk}/edit/">unknown</a>' in page
    assert 'The amount of 1 payment is unknown: <a href="/data-health/#amounts">' in page


def test_tax_in_a_row_of_its_own_is_withheld_tax(signed_in, broker, rates):
    ledger(broker, "2024-05-10 DIVIDEND 4 KO = 16", currency="USD")
    ledger(broker, "2024-05-11 TAX 4 KO = 4", currency="USD", quantity=None)
    # A tax about nothing in particular is none on income.
    ledger(broker, "2024-05-12 TAX 99")
    chosen = opened(signed_in).context["chosen"]
    assert (chosen.in_gross, chosen.in_tax, chosen.in_net) == (D(10), D("2.5"), D("7.5"))


def test_the_year_ends_when_it_ends_for_the_account(signed_in, alice):
    tokyo = AccountFactory(owner=alice, currency="EUR", time_zone="Asia/Tokyo")
    new_york = AccountFactory(owner=alice, currency="EUR", time_zone="America/New_York")
    # Half past three in the afternoon and eight in the evening of the last day in UTC.
    ledger(tokyo, "2023-12-31T15:30 INTEREST 1")
    ledger(new_york, "2024-01-01T01:00 INTEREST 2")
    assert grid(opened(signed_in)) == {2024: {1: D(1)}, 2023: {12: D(2)}}


def test_sums_are_kept_until_the_ledger_changes(signed_in, broker, earned):
    assert opened(signed_in).context["all_amount"] == D(249)
    ledger(broker, "2024-07-01 INTEREST 1")
    assert opened(signed_in).context["all_amount"] == D(250)


def test_sums_are_kept_until_a_rate_changes(signed_in, broker, django_capture_on_commit_callbacks):
    publish("2023-01-02", "1.25")
    ledger(broker, "2024-02-29 DIVIDEND 4 KO = 50", currency="USD")
    assert opened(signed_in).context["all_amount"] == D(40)
    with django_capture_on_commit_callbacks(execute=True):
        ExchangeRate.objects.update(rate=D(2))
        rates_changed.send(sender=ExchangeRate, since={"USD": date(2023, 1, 2)})
    assert opened(signed_in).context["all_amount"] == D(25)


def test_what_is_kept_gives_the_page_that_is_computed(signed_in, earned):
    first = opened(signed_in, "year=2024")
    again = opened(signed_in, "year=2024")
    assert text(first).partition("<main")[2] == text(again).partition("<main")[2]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_holds_the_payments_of_the_selection(signed_in, earned, form):
    response = signed_in.get(f"/income/file/?year=2024&format={form}")
    assert f'filename="income-2024.{form}"' in response["Content-Disposition"]
    if form == "xlsx":
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(response.getvalue())).get_sheet_by_index(
            0
        )
        head, *body = sheet.to_python()
        rows = [dict(zip(head, row, strict=True)) for row in body]
    else:
        rows = rows_of(response)
    assert [str(row["gross_converted"]).removesuffix(".0") for row in rows] == [
        "40", "10", "80", "7", "-8", "20"
    ]  # fmt: skip
    page = opened(signed_in, "year=2024").context["chosen"]
    for column, value in (("net_converted", page.in_net), ("tax_converted", page.in_tax)):
        total = D(0)
        for row in rows:
            total = EXACT.add(total, D(str(row[column])))
        assert total == value


def test_the_file_leaves_empty_what_is_unknown(signed_in, broker):
    ledger(broker, "2024-05-10 STAKING 4 SOL")
    ledger(broker, "2024-05-11 DIVIDEND 4 KO = 100", currency="CHF")
    reward, dividend = rows_of(signed_in.get("/income/file/"))
    assert (reward["gross"], reward["net_converted"]) == ("", "")
    assert (dividend["gross"], dividend["rate"], dividend["net_converted"]) == ("100", "", "")


def test_there_are_no_other_files(signed_in):
    assert signed_in.get("/income/file/?format=exe").status_code == 404


def test_htmx_gets_the_figures_alone(signed_in, earned):
    response = signed_in.get("/income/?year=2023", headers=HTMX)
    assert response.text.strip().startswith('<div id="income"')
    assert "<html" not in response.text


def test_long_lists_come_in_pages_whose_sum_is_that_of_all(signed_in, broker, monkeypatch):
    monkeypatch.setattr("portfolio.views.income.ROWS_A_PAGE", 2)
    ledger(broker, *[f"2024-05-{day:02} INTEREST {day}" for day in range(1, 6)])
    response = opened(signed_in, "page=2")
    assert listed(response) == [("2024-05-03", D(3)), ("2024-05-02", D(2))]
    assert response.context["elsewhere"] == D(10)
    assert response.context["chosen_amount"] == D(15)
    assert "3–4 of 5" in response.text


def test_nothing_earned_says_what_to_do_next(signed_in, broker):
    assert "No income yet" in opened(signed_in).text
    ledger(broker, "2024-05-01 INTEREST 1")
    assert "No income fits" in opened(signed_in, "instrument=NONE").text


def test_nothing_of_somebody_else_is_added(signed_in, bob, earned):
    foreign = AccountFactory(owner=bob, name="Bobs depot")
    ledger(foreign, "2024-05-01 DIVIDEND 1 SECRET = 1000")
    for query in ("", f"account={foreign.pk}", "instrument=SECRET"):
        response = opened(signed_in, query)
        assert "Bobs depot" not in response.text
        assert "1,000.00" not in response.text
    assert "SECRET" not in signed_in.get("/income/file/").getvalue().decode()


def test_only_reading_is_possible(signed_in):
    assert signed_in.post("/income/").status_code == 405
    assert signed_in.post("/income/file/").status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    signed_in, alice, rates, rows, django_assert_num_queries
):
    for number in range(1, rows + 1):
        account = AccountFactory(owner=alice)
        ledger(account, f"2024-05-0{number} DIVIDEND 1 A{number} = 5", currency="USD", fee=D(1))
    # Session, user, display currency, accounts, field; currencies, days and rates (2) of the ledgers, and
    # their sums (5); page (2 + 2 of rates).
    with django_assert_num_queries(13):
        opened(signed_in)
    # The sums are kept.
    with django_assert_num_queries(8):
        opened(signed_in)
