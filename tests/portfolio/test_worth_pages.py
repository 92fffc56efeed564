"""What pages say about worth: exact figures, what they rest on, and the days they are about."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.test import Client
from django.utils import timezone

from portfolio.ledger_sums import Figure
from tests.factories import AccountFactory, InstrumentFactory, ledger
from tests.portfolio.market import priced, rated

TODAY = timezone.localdate()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    """Dollars in an account in euros that tracks its cash, and a coin without a price."""
    account = AccountFactory(owner=alice, name="Broker", currency="EUR", tracks_cash=True)
    InstrumentFactory(ticker="AAA", name="Alpha", asset_type="STOCK")
    InstrumentFactory(ticker="BBB", asset_type="ETF")
    rated("USD", ("2024-01-05", "1.25"), ("2024-03-01", "1.6"), (str(YESTERDAY), "2"))
    ledger(account, "2024-01-02 DEPOSIT 5000")
    ledger(account, "2024-01-05 BUY 10 AAA @ 100", "2024-03-01 SELL 4 AAA @ 150", currency="USD")
    ledger(account, "2024-04-01 DIVIDEND 1 AAA = 16", currency="USD")
    ledger(account, "2024-01-05 BUY 10 BBB @ 50", "2024-01-06 BUY 1 COIN @ 7")
    priced("AAA", ("2024-03-01", "150"), currency="USD")
    priced("AAA", (str(YESTERDAY), "170"), (str(TODAY), "180"), currency="USD")
    priced("BBB", ("2024-02-01", "60"))
    return account


def shown(response) -> str:
    return " ".join(response.text.split())


def test_the_overview_adds_up_in_the_chosen_currency(signed_in, broker):
    found = signed_in.get("/").context["summary"]
    # 6 × 180 dollars of 0.50, and 10 × 60; what is left of the deposits and the dollars is cash.
    assert found.securities == Figure(D(1140), 1)
    assert found.cash == Figure(D(5000) - 507 + D(-384) / 2)
    assert found.value.amount == found.securities.amount + found.cash.amount
    assert found.cost == Figure(D(480) + 500 + 7)
    assert found.unrealized.total == Figure(D(160), 1)
    assert (found.unrealized.price.amount, found.unrealized.currency.amount) == (D(340), D(-180))
    assert found.realized.total == Figure(D(55))
    assert (found.realized.price.amount, found.realized.currency.amount) == (D(125), D(-70))
    assert found.income == Figure(D(10))


def test_another_currency_is_chosen_once_for_all_pages(signed_in, broker):
    found = signed_in.get("/?currency=usd").context["summary"]
    assert found.securities == Figure(D(1080 + 1200), 1)
    assert signed_in.get("/positions/").context["scope"].wanted == "USD"


def test_what_is_left_out_is_listed_with_the_way_to_mend_it(signed_in, broker):
    page = shown(signed_in.get("/"))
    coin = broker.positions.get(instrument="COIN").instrument
    assert "COIN has no price yet." in page
    assert f'<a href="/prices/{coin.pk}/">Enter a price' in page


def test_the_allocation_adds_up_to_everything(signed_in, broker):
    response = signed_in.get("/")
    for allocation in response.context["allocations"]:
        assert sum(part.amount for part in allocation.slices) == (
            response.context["summary"].value.amount
        )
    by_type = response.context["allocations"][0]
    assert [part.label.text for part in by_type.slices] == ["Cash", "ETF", "Stock"]
    assert by_type.slices[1].amount == 600
    assert "style=" not in response.text


def test_what_moved_is_on_the_overview(signed_in, broker):
    ((position, move),) = signed_in.get("/").context["moves"]
    assert (position.instrument_id, move.amount) == ("AAA", D(30))


def test_the_list_tells_price_value_weight_and_gain(signed_in, broker):
    row, other, coin = signed_in.get("/positions/").context["page"]
    assert (row.valuation.value, row.valuation.gain.total) == (D(540), D(60))
    assert (row.weight, row.is_stale) == (D("47.36842105"), False)
    assert (other.valuation.value, other.is_stale) == (D(600), True)
    assert (coin.valuation.value, coin.weight) == (None, None)
    page = shown(signed_in.get("/positions/"))
    assert "180.00 USD" in page
    assert '<span class="badge warn">stale</span>' in page


def test_the_list_sorts_by_what_it_tells(signed_in, broker):
    def tickers(sort):
        rows = signed_in.get(f"/positions/?sort={sort}").context["page"]
        return [row.held.ticker for row in rows]

    assert tickers("value") == ["AAA", "BBB", "COIN"]
    assert tickers("-value") == ["BBB", "AAA", "COIN"]
    assert tickers("-unrealized") == ["BBB", "AAA", "COIN"]


def test_a_position_shows_every_factor_of_its_value(signed_in, broker):
    position = broker.positions.get(instrument="AAA")
    response = signed_in.get(position.get_absolute_url())
    page = shown(response)
    for part in ("180&nbsp;USD", "EUR per USD", "yahoo", "ecb", "540.00 EUR", "By exchange rates"):
        assert part in page
    figures = {figure.label: figure for figure in response.context["figures"]}
    assert figures["Cost in EUR"].value == D(480)
    assert [term.text for term in figures["Cost in EUR"].terms] == ["600.00\u00a0USD × 0.8"]
    (term,) = figures["Realised gain in EUR"].terms
    assert term.amount == figures["Realised gain in EUR"].value == D(55)
    assert term.text == "600.00\u00a0USD × 0.625 − 400.00\u00a0USD × 0.8"


def test_a_past_day_shows_what_was_there_then(signed_in, broker):
    response = signed_in.get("/?on=2024-02-15")
    found = response.context["summary"]
    # 10 shares of AAA without a price yet; BBB at 60.
    assert (found.securities, found.realized.total) == (Figure(D(600), 2), Figure(D(0)))
    assert found.income == Figure()
    page = shown(response)
    assert "As of <time" in page
    assert 'href="/positions/?on=2024-02-15"' in page
    assert "Recent imports" not in page


def test_a_position_of_a_past_day_has_the_rows_up_to_it(signed_in, broker):
    position = broker.positions.get(instrument="AAA")
    response = signed_in.get(f"{position.get_absolute_url()}?on=2024-02-15")
    assert response.context["position"].quantity == 10
    assert [row.lot.remaining_quantity for row in response.context["lots"]] == [10]
    assert len(response.context["disposals"]) == 0
    assert [str(row.trade_date) for row in response.context["transactions"]] == ["2024-01-05"]
    now = signed_in.get(position.get_absolute_url())
    then = signed_in.get(f"{position.get_absolute_url()}?on={YESTERDAY}")
    for name in ("lots", "disposals"):
        assert len(then.context[name]) == len(now.context[name]) == 1
    figures = [[f.label, f.value, f.terms] for f in now.context["figures"]]
    assert [[f.label, f.value, f.terms] for f in then.context["figures"]] == figures


def test_before_anything_was_held_the_position_says_so(signed_in, broker):
    position = broker.positions.get(instrument="AAA")
    page = shown(signed_in.get(f"{position.get_absolute_url()}?on=2023-12-31"))
    assert "Nothing was held yet" in page


def test_the_list_of_a_past_day_knows_what_was_open_then(signed_in, broker):
    ledger(broker, "2024-05-01 SELL 10 BBB @ 60")
    then = signed_in.get("/positions/?on=2024-04-30").context["page"]
    assert [row.held.ticker for row in then] == ["AAA", "BBB", "COIN"]
    now = signed_in.get("/positions/").context["page"]
    assert [row.held.ticker for row in now] == ["AAA", "COIN"]


def test_the_list_of_transactions_ends_with_the_day(signed_in, broker):
    response = signed_in.get("/transactions/?on=2024-01-05")
    assert "As of <time" in shown(response)
    days = {str(row.trade_date) for row in response.context["page"].rows}
    assert days == {"2024-01-02", "2024-01-05"}


def test_somebody_elses_holdings_count_nowhere(signed_in, bob, broker):
    foreign = AccountFactory(owner=bob, currency="EUR", tracks_cash=True)
    ledger(foreign, "2024-01-05 BUY 10 BBB @ 50", "2024-01-06 DEPOSIT 9999")
    for query in ("", "?on=2024-02-15"):
        response = signed_in.get(f"/{query}")
        assert {row.account.owner_id for row in response.context["cards"]} == {broker.owner_id}
        assert "9,999" not in response.text
    theirs = foreign.positions.get()
    assert signed_in.get(f"{theirs.get_absolute_url()}?on=2024-02-15").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("query", ["", f"?on={YESTERDAY}"])
def test_queries_do_not_grow_with_currencies_at_work(
    signed_in, broker, rows, query, django_assert_max_num_queries
):
    for number in range(rows):
        ledger(
            broker,
            f"2024-01-05 BUY 10 N{number} @ 100",
            f"2024-03-01 SELL 4 N{number} @ 150",
            currency="USD",
        )
        priced(f"N{number}", (str(TODAY), "180"), currency="USD")
    address = broker.positions.get(instrument="N0").get_absolute_url()
    with django_assert_max_num_queries(20):
        signed_in.get(f"/{query}")
    for path in ("/", "/positions/"):
        with django_assert_max_num_queries(9):
            signed_in.get(f"{path}{query}")
    with django_assert_max_num_queries(18):
        signed_in.get(f"{address}{query}")
