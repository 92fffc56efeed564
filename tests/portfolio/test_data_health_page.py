"""The data-health page: each sort of unknown is found, counted, and leads to what settles it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app

from portfolio.models import Position
from pricing.models import ExchangeRate, Instrument, PriceHistory, Split
from snapshots.models import PortfolioSnapshot
from tests.factories import AccountFactory, ImportFactory, InstrumentFactory, ledger
from transactions.ledger import link_transfer
from transactions.models import StatedBalance

TODAY = datetime.now(UTC).date()


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


def found(client: Client, name: str, query: str = ""):
    """A group of the page, whether anything is in it or not."""
    response = client.get(f"/data-health/?{query}")
    groups = [*response.context["open"], *response.context["settled"]]
    return next(group for group in groups if group.name == name)


def told(group) -> list[tuple[str, str, str]]:
    return [(one.about, one.sentence, one.url) for one in group.findings]


def price(ticker: str, day: date, source: str = "manual", quarantine: str = "") -> None:
    PriceHistory.objects.create(
        instrument_id=ticker,
        date=day,
        close_price=D(5),
        currency="EUR",
        source=source,
        quarantine=quarantine,
    )


def split(ticker: str, day: date, new: int, old: int = 1) -> None:
    instrument = Instrument.objects.get(ticker=ticker)
    Split.objects.create(
        instrument=instrument, date=day, numerator=new, denominator=old, source="manual"
    )


def test_a_sale_without_a_purchase(signed_in, broker):
    ledger(broker, "2024-01-05 SELL 2 AAA @ 5")
    group = found(signed_in, "oversold")
    assert (group.count, group.url) == (1, "/positions/?status=all&issues=on")
    assert told(group) == [
        (
            "AAA",
            "2 AAA sold or moved out without a recorded purchase.",
            f"/transactions/add/?account={broker.pk}&transaction_type=BUY&ticker=AAA&currency=EUR",
        )
    ]


def test_a_lot_of_unknown_cost(signed_in, broker):
    (buy,) = ledger(broker, "2024-01-05 BUY 2 XAU")
    group = found(signed_in, "unknown-cost")
    assert told(group) == [
        ("XAU", "The cost of 2 XAU is unknown.", f"/transactions/{buy.pk}/edit/")
    ]


def test_issues_are_counted_by_what_is_the_matter(signed_in, broker):
    ledger(broker, *[f"2024-01-05 BUY 2 X{number}" for number in range(7)])
    ledger(broker, "2024-01-05 SELL 2 AAA @ 5")
    group = found(signed_in, "unknown-cost")
    assert (group.count, len(group.findings), group.more) == (7, 5, 2)
    assert found(signed_in, "oversold").count == 1
    assert "and 2 more" in signed_in.get("/data-health/").text


def test_what_is_held_without_a_price(signed_in, broker):
    ledger(
        broker, "2024-01-05 BUY 2 AAA @ 5", "2024-01-05 BUY 2 BBB @ 5", "2024-01-05 BUY 1 CCC @ 5"
    )
    ledger(broker, "2024-02-05 SELL 1 CCC @ 5")
    price("BBB", TODAY)
    # What is no longer held needs no price, and one in quarantine is none.
    price("AAA", TODAY, quarantine="A hundred times the one before.")
    group = found(signed_in, "prices")
    (one,) = group.findings
    assert (group.count, one.about) == (1, "AAA")
    assert one.url == f"/prices/{Instrument.objects.get(ticker='AAA').pk}/add/"


def test_a_price_grows_old_by_the_type_of_what_it_is_of(signed_in, broker):
    InstrumentFactory(ticker="BTC", asset_type="CRYPTO")
    ledger(broker, "2024-01-05 BUY 2 AAA @ 5", "2024-01-05 BUY 2 BTC @ 5")
    day = TODAY - timedelta(days=4)
    price("AAA", day)
    price("BTC", day)
    group = found(signed_in, "stale-prices")
    assert [(one.about, one.sentence) for one in group.findings] == [
        ("BTC", f"The last price is of {day:%-d %b %Y}.")
    ]
    # As of a day in the past it was fresh.
    assert found(signed_in, "stale-prices", f"on={day}").count == 0


def test_a_price_in_quarantine(signed_in, alice, bob, broker):
    ledger(broker, "2024-01-05 BUY 2 AAA @ 5")
    InstrumentFactory(ticker="FOREIGN")
    price("AAA", date(2024, 2, 1), "yahoo", "A hundred times the one before.")
    price("FOREIGN", date(2024, 2, 1), "yahoo", "A hundred times the one before.")
    group = found(signed_in, "quarantine")
    (one,) = group.findings
    assert (group.count, one.about, one.where, one.sentence) == (
        1,
        "AAA",
        "1 Feb 2024, yahoo",
        "A hundred times the one before.",
    )


def test_a_refresh_that_failed(signed_in, broker):
    InstrumentFactory(ticker="AAA", price_error="Yahoo knows no AAA.")
    ledger(broker, "2024-01-05 BUY 2 AAA @ 5")
    assert [(one.about, one.sentence) for one in found(signed_in, "price-errors").findings] == [
        ("AAA", "Yahoo knows no AAA.")
    ]


def test_an_instrument_without_a_description(signed_in, broker):
    InstrumentFactory(ticker="AAA", asset_type="OTHER", currency="", provider="")
    InstrumentFactory(ticker="BBB", provider="yahoo")
    ledger(broker, "2024-01-05 BUY 2 AAA @ 5", "2024-01-05 BUY 2 BBB @ 5")
    assert [(one.about, one.sentence) for one in found(signed_in, "instruments").findings] == [
        ("AAA", "No asset type and no currency and no source of prices.")
    ]


def test_a_split_that_the_ledger_has_no_row_of(signed_in, broker):
    # Ghostfolio's NVDA: 1 at 1200, ten for one, and 10 sold at 125; its files know no splits.
    ledger(broker, "2024-06-03 BUY 1 NVDA @ 1200", "2024-06-14 SELL 10 NVDA @ 125")
    split("NVDA", date(2024, 6, 10), 10)
    (one,) = found(signed_in, "splits").findings
    assert (one.about, one.where) == ("NVDA", "Broker")
    assert one.sentence == "10 for 1 on 10 Jun 2024, when it held 1."
    form = signed_in.get(one.url).context["form"]
    assert (form.initial["quantity"], form.initial["transaction_type"]) == ("9", "SPLIT")
    # A broker may book it some days later.
    ledger(broker, "2024-06-12 SPLIT 9 NVDA")
    assert found(signed_in, "splits").count == 0
    position = Position.objects.get()
    assert (position.quantity, position.realized_pl) == (0, 50)


def test_a_split_of_what_was_not_held_or_was_exchanged_needs_no_row(signed_in, broker):
    ledger(broker, "2024-06-11 BUY 1 LATE @ 120", "2024-06-03 BUY 30 OLD @ 4")
    for ticker in ("LATE", "OLD"):
        split(ticker, date(2024, 6, 10), 1, 10)
    assert [one.about for one in found(signed_in, "splits").findings] == ["OLD"]
    out, into = ledger(broker, "2024-06-09 TRANSFER_OUT 20 OLD", "2024-06-09 TRANSFER_IN 2 NEW")
    link_transfer(out, into)
    assert found(signed_in, "splits").count == 0
    # As of a day before it there was none.
    assert found(signed_in, "splits", "on=2024-06-05").count == 0


def test_a_transaction_of_unknown_amount(signed_in, broker):
    reward, _ = ledger(broker, "2024-01-05 STAKING 2 SOL", "2024-01-06 TRANSFER_OUT 1 SOL")
    group = found(signed_in, "amounts")
    assert told(group) == [
        ("SOL", "Staking reward on 5 Jan 2024", f"/transactions/{reward.pk}/edit/")
    ]


def test_a_transfer_that_is_not_linked(signed_in, alice, broker):
    other = AccountFactory(owner=alice, name="Other")
    _, out = ledger(broker, "2024-01-05 BUY 2 AAA @ 5", "2024-01-06 TRANSFER_OUT 1 AAA")
    assert told(found(signed_in, "transfers")) == [
        ("AAA", "Transfer out on 6 Jan 2024", f"/transactions/{out.pk}/link/")
    ]
    (into,) = ledger(other, "2024-01-06 TRANSFER_IN 1 AAA")
    assert found(signed_in, "transfers").count == 2
    link_transfer(out, into)
    assert found(signed_in, "transfers").count == 0


def test_a_missing_rate_names_the_pair_and_the_days(signed_in, broker):
    ledger(
        broker,
        "2024-01-05 BUY 2 KO @ 5",
        "2024-01-08 BUY 2 KO @ 5",
        "2024-02-01 BUY 2 KO @ 5",
        currency="USD",
    )
    # From the first rate on every day has one, since it is carried forward.
    ExchangeRate.objects.create(currency="USD", date=date(2024, 1, 31), rate=D("1.1"), source="ecb")
    group = found(signed_in, "rates")
    assert told(group) == [
        (
            "USD to EUR",
            "No rate for 2 days with rows, 5 Jan 2024 to 8 Jan 2024.",
            "/prices/rates/",
        )
    ]


def test_the_rate_of_the_file_is_a_rate(signed_in, broker):
    ledger(broker, "2024-01-05 BUY 2 KO @ 5", currency="USD", fx_rate=D("0.9"))
    assert found(signed_in, "rates").count == 0
    # It is none into a third currency, which the pages are read in.
    assert [one.about for one in found(signed_in, "rates", "currency=GBP").findings] == [
        "USD to GBP"
    ]


def test_a_fee_in_a_coin_has_no_rate(signed_in, broker):
    ledger(broker, "2024-01-05 BUY 2 AAA @ 5", fee=D("0.01"), fee_currency="BNB")
    assert told(found(signed_in, "rates")) == [
        (
            "BNB to EUR",
            "No rate for 1 day with rows, on 5 Jan 2024.",
            f"/transactions/?since=2024-01-05&until=2024-01-05&account={broker.pk}",
        )
    ]


def test_a_file_with_rows_left_out(signed_in, broker):
    ImportFactory(account=broker, status="imported", rows=3, rejected=2, conflicts=1)
    ImportFactory(account=broker, status="imported", rows=3, imported=3)
    ImportFactory(account=broker, status="undone", rows=3, rejected=3)
    group = found(signed_in, "imports")
    assert (group.count, group.findings[0].sentence) == (
        1,
        "Rows left out: 2 rejected, 1 contradictory.",
    )


def test_a_file_that_could_not_be_imported(signed_in, broker):
    record = ImportFactory(account=broker, status="failed", error="The worker ended.")
    assert [(one.sentence, one.url) for one in found(signed_in, "failed-imports").findings] == [
        ("The worker ended.", record.get_absolute_url())
    ]


def test_days_of_the_past_that_are_incomplete(signed_in, broker):
    for day, is_complete in ((1, True), (2, False), (3, False)):
        PortfolioSnapshot.objects.create(
            account=broker,
            snapshot_date=date(2024, 1, day),
            total_value=D(5),
            is_complete=is_complete,
        )
    group = found(signed_in, "incomplete-snapshots")
    assert [(one.about, one.sentence) for one in group.findings] == [
        ("Broker", "2 days, 2 Jan 2024 to 3 Jan 2024.")
    ]
    assert found(signed_in, "stale-snapshots").count == 0


def test_failed_jobs_are_for_administrators(client, alice, broker):
    app.configure_task("portfolio.tasks.forget_old_jobs", queue="default").defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 3")
    client.force_login(alice)
    assert "forget old jobs" not in client.get("/data-health/").text
    alice.is_staff = True
    alice.save()
    assert [(one.about, one.sentence) for one in found(client, "jobs").findings] == [
        ("forget old jobs", "Failed after 3 attempts.")
    ]


def test_a_quiet_ledger_is_in_order(signed_in, broker):
    InstrumentFactory(ticker="AAA", provider="yahoo")
    ledger(broker, "2024-01-05 BUY 2 AAA @ 5")
    price("AAA", TODAY)
    response = signed_in.get("/data-health/")
    assert response.context["open"] == []
    assert "All is in order" in response.text
    # Links from other pages find their place also then.
    for anchor in ("amounts", "rates", "prices", "quarantine"):
        assert f'<li id="{anchor}">' in response.text


def test_without_accounts_there_is_nothing_to_look_at(signed_in):
    assert "There is no data yet" in signed_in.get("/data-health/").text


def test_nothing_of_somebody_else_is_told(signed_in, bob, broker):
    foreign = AccountFactory(owner=bob, name="Bobs depot")
    ledger(foreign, "2024-01-05 SELL 2 SECRET @ 5", "2024-01-06 STAKING 1 SECRET")
    ledger(foreign, "2024-01-07 TRANSFER_OUT 1 SECRET")
    ImportFactory(account=foreign, status="failed", file_name="secret.csv")
    page = signed_in.get("/data-health/").text
    for secret in ("Bobs depot", "SECRET", "secret.csv"):
        assert secret not in page


def test_only_reading_is_possible(signed_in):
    assert signed_in.post("/data-health/").status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(signed_in, alice, rows, django_assert_num_queries):
    for number in range(1, rows + 1):
        account = AccountFactory(owner=alice)
        ledger(account, f"2024-01-0{number} SELL 2 A{number} @ 5", currency="USD")
        ledger(account, f"2024-01-0{number} STAKING 2 B{number}")
        price(f"B{number}", date(2024, 1, 1), "yahoo", "Too high.")
        ImportFactory(account=account, status="failed")
        StatedBalance.objects.create(
            account=account,
            at=datetime(2024, 1, 9, tzinfo=UTC),
            currency="USD",
            amount=1,
            decimals=0,
        )
    with django_assert_num_queries(15):
        signed_in.get("/data-health/")
    # What follows from the ledger alone is kept.
    with django_assert_num_queries(12):
        signed_in.get("/data-health/")
