import pytest
from django.test import Client

from tests.factories import AccountFactory, InstrumentFactory, ledger

HTMX = {"HX-Request": "true", "HX-Target": "section#positions"}


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    account = AccountFactory(owner=alice, name="Broker", currency="EUR")
    InstrumentFactory(
        ticker="AAA", name="Alpha Industries", asset_type="STOCK", isin="US0378331005"
    )
    InstrumentFactory(ticker="BTC", name="Bitcoin", asset_type="CRYPTO")
    ledger(
        account,
        "2024-01-05 BUY 10 AAA @ 5",
        "2024-01-06 BUY 2 BTC @ 30",
        "2024-01-07 BUY 1 CCC @ 9",
        "2024-02-01 SELL 1 CCC @ 8",
        "2024-02-02 SELL 4 AAA @ 7",
        "2024-02-03 BUY 3 XAU",
    )
    return account


def tickers(response) -> list[str]:
    return [row.held.ticker for row in response.context["page"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["AAA", "BTC", "XAU"]),
        ("status=closed", ["CCC"]),
        ("status=all", ["AAA", "BTC", "CCC", "XAU"]),
        ("type=CRYPTO", ["BTC"]),
        ("issues=on", ["XAU"]),
        ("search=aa", ["AAA"]),
        ("search=bitco", ["BTC"]),
        ("search=us0378", ["AAA"]),
        ("search=a&type=CRYPTO", []),
        ("status=nonsense&type=nonsense&account=nonsense", ["AAA", "BTC", "XAU"]),
        ("sort=nonsense", ["AAA", "BTC", "XAU"]),
        ("sort=-ticker", ["XAU", "BTC", "AAA"]),
        ("sort=type", ["BTC", "AAA", "XAU"]),
        ("sort=account", ["AAA", "BTC", "XAU"]),
        ("sort=quantity", ["BTC", "XAU", "AAA"]),
        ("sort=-quantity", ["AAA", "XAU", "BTC"]),
        # The average and the cost of XAU are unknown, and neither large nor small.
        ("sort=price", ["AAA", "BTC", "XAU"]),
        ("sort=-price", ["BTC", "AAA", "XAU"]),
        ("sort=cost", ["AAA", "BTC", "XAU"]),
        ("sort=-cost", ["BTC", "AAA", "XAU"]),
        ("sort=-gain", ["AAA", "BTC", "XAU"]),
        ("sort=gain&status=all", ["CCC", "BTC", "XAU", "AAA"]),
        ("page=99", ["AAA", "BTC", "XAU"]),
    ],
)
def test_positions_are_filtered_and_sorted(signed_in: Client, broker, query, found):
    assert tickers(signed_in.get(f"/positions/?{query}")) == found


def test_positions_of_one_account(signed_in: Client, alice, broker):
    other = AccountFactory(owner=alice, name="Another")
    ledger(other, "2024-01-05 BUY 1 AAA @ 5")
    response = signed_in.get(f"/positions/?account={other.pk}")
    assert [row.position.account for row in response.context["page"]] == [other]


def test_the_heading_of_the_sorted_column_says_so_and_turns_it_round(signed_in: Client, broker):
    page = signed_in.get("/positions/?search=a&sort=cost").text
    assert (
        '<th scope="col" class="sortable num" aria-sort="ascending">'
        '<a href="?search=a&amp;sort=-cost" hx-get="?search=a&amp;sort=-cost">Cost</a></th>' in page
    )
    assert page.count('aria-sort="none"') == 7
    assert 'aria-sort="descending"' in signed_in.get("/positions/?sort=-cost").text


def test_the_figures_of_a_position(signed_in: Client, broker):
    page = " ".join(signed_in.get("/positions/?search=AAA").text.split())
    assert '<td class="num">6</td>' in page
    assert '<span class="sub">5.00 EUR each</span>' in page
    assert '<data class="amount" value="30.00000000"' in page
    assert '<data class="gain up" value="8.00000000"' in page


def test_an_unknown_cost_links_to_where_it_can_be_entered(signed_in: Client, broker):
    position = broker.positions.get(instrument="XAU")
    page = signed_in.get("/positions/?search=XAU").text
    assert (
        page.count(f'<a class="unknown" href="/positions/{position.pk}/#issues">unknown</a>') == 1
    )


def test_what_was_sold_without_a_purchase_has_no_cost_of_zero(signed_in: Client, alice):
    account = AccountFactory(owner=alice)
    ledger(account, "2024-01-05 SELL 2 AAA @ 5")
    page = signed_in.get("/positions/").text
    assert ">unknown</a>" in page
    assert "\u22122" in page


def test_htmx_gets_the_list_alone(signed_in: Client, broker):
    response = signed_in.get("/positions/?search=btc", headers=HTMX)
    assert response.text.strip().startswith('<section id="positions"')
    assert tickers(response) == ["BTC"]
    assert "<html" not in response.text
    assert "HX-Request" in response.headers["Vary"]


def test_the_filters_keep_what_was_asked_for(signed_in: Client, broker):
    page = signed_in.get("/positions/?search=aa&status=closed&issues=on&sort=-gain").text
    assert 'value="aa"' in page
    assert '<option value="closed" selected>' in page
    assert '<option value="-gain" selected>' in page


def test_an_empty_list_says_what_to_do_next(signed_in: Client, broker):
    assert "No position fits" in signed_in.get("/positions/?search=nothing").text


def test_when_all_is_sold_the_closed_ones_are_offered(signed_in: Client, alice):
    ledger(AccountFactory(owner=alice), "2024-01-05 BUY 2 AAA @ 5", "2024-02-05 SELL 2 AAA @ 6")
    page = signed_in.get("/positions/").text
    assert "All that was held is sold or moved out." in page
    assert 'href="/positions/?status=closed"' in page


def test_a_user_without_positions_is_led_to_the_import(signed_in: Client):
    page = signed_in.get("/positions/").text
    assert "No open positions" in page
    assert 'href="/imports/upload/"' in page


def test_long_lists_come_in_pages_that_keep_the_query(signed_in: Client, alice, monkeypatch):
    monkeypatch.setattr("portfolio.listing.POSITIONS_A_PAGE", 2)
    account = AccountFactory(owner=alice)
    ledger(account, *[f"2024-01-05 BUY 1 A{number} @ 5" for number in range(5)])
    response = signed_in.get("/positions/?search=a&page=2")
    assert tickers(response) == ["A2", "A3"]
    assert '<a href="?search=a&amp;page=3" hx-get="?search=a&amp;page=3">Next</a>' in response.text
    assert "3–4 of 5" in response.text


def test_nothing_of_somebody_else_is_listed(signed_in: Client, bob, broker):
    foreign = AccountFactory(owner=bob, name="Bobs depot")
    ledger(foreign, "2024-01-05 BUY 1 SECRET @ 5")
    for query in ("status=all", "search=SECRET", f"account={foreign.pk}"):
        page = signed_in.get(f"/positions/?{query}").text
        assert "Bobs depot" not in page
        assert "SECRET</a>" not in page


def test_strangers_are_asked_to_sign_in(client: Client, alice):
    assert client.get("/positions/").headers["Location"] == "/accounts/login/?next=/positions/"


def test_only_reading_is_possible(signed_in: Client):
    assert signed_in.post("/positions/").status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    signed_in: Client, alice, rows, django_assert_num_queries
):
    account = AccountFactory(owner=alice)
    ledger(account, *[f"2024-01-05 BUY 1 A{number} @ 5" for number in range(rows)])
    with django_assert_num_queries(12):
        signed_in.get("/positions/")
    with django_assert_num_queries(6):
        signed_in.get("/positions/")
