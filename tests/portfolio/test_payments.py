"""Sums of payments against docs/algorithms/income.md, and the rules that one table cannot show."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.payments import NOTHING, Key, Payment, Sum, terms, total
from pricing.money import ZERO
from transactions.kinds import INCOME, Kind

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "income.md"


def number(text: str) -> D | None:
    return None if text == "?" else D(text)


def table() -> list[list[str]]:
    lines = PAGE.read_text().partition("## Worked table")[2].splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def payment(*cells: str, payer: str = "", payer_rate: str = "?") -> Payment:
    day, kind, currency, gross, tax, fee, rate = cells
    return Payment(
        date.fromisoformat(day),
        "KO",
        Kind(kind),
        currency,
        number(gross),
        D(tax),
        D(fee),
        payer or currency,
        number(rate),
        number(payer_rate) if payer else number(rate),
    )


def add_up(payments: Iterable[Payment]) -> dict[Key, Sum]:
    """What the database groups by, for a few payments."""
    sums: dict[Key, Sum] = {}
    for paid in payments:
        for currency, part in terms(paid):
            key = Key(paid.day.year, paid.day.month, paid.ticker, paid.kind, currency)
            sums[key] = total((sums.get(key, NOTHING), part))
    return sums


def one(found: Payment) -> Sum:
    return total(part for _, part in terms(found))


def test_the_worked_table_of_the_documentation_holds():
    *rows, bottom = table()
    assert len(rows) == 7
    for row in rows:
        found = one(payment(*row[:7]))
        assert [found.in_gross, found.in_tax, found.in_fee, found.in_net] == list(map(D, row[7:]))
    found = total(add_up(payment(*row[:7]) for row in rows).values())
    assert [found.in_gross, found.in_tax, found.in_fee, found.in_net] == list(map(D, bottom[7:]))
    assert (found.payments, found.unknown, found.unrated) == (7, 1, 1)


def test_sums_stand_apart_by_month_instrument_kind_and_currency():
    first = payment("2024-03-15", "DIVIDEND", "USD", "100", "15", "0", "0.9")
    again = payment("2024-03-31", "DIVIDEND", "USD", "10", "0", "0", "0.8")
    later = payment("2024-04-01", "DIVIDEND", "USD", "1", "0", "0", "0.8")
    sums = add_up([first, again, later])
    assert {key: found.in_gross for key, found in sums.items()} == {
        Key(2024, 3, "KO", Kind.DIVIDEND, "USD"): D(98),
        Key(2024, 4, "KO", Kind.DIVIDEND, "USD"): D("0.80"),
    }


def test_a_fee_in_another_currency_stands_under_that_currency():
    found = payment(
        "2024-03-15", "DIVIDEND", "USD", "100", "0", "2", "0.9", payer="GBP", payer_rate="1.2"
    )
    sums = {key.currency: part for key, part in add_up([found]).items()}
    assert (sums["USD"].net, sums["USD"].in_net, sums["USD"].payments) == (D(100), D(90), 1)
    assert (sums["GBP"].net, sums["GBP"].in_net, sums["GBP"].payments) == (D(-2), D("-2.4"), 0)
    assert one(found).in_net == D("87.6")


def test_a_fee_without_a_rate_leaves_the_sum_incomplete():
    found = payment("2024-03-15", "DIVIDEND", "EUR", "100", "0", "2", "1", payer="BNB")
    assert (one(found).in_net, one(found).unrated) == (D(100), 1)


def test_nothing_converted_at_no_rate_is_still_nothing():
    found = payment("2024-03-15", "STAKING", "JPY", "?", "0", "0", "?")
    assert (one(found).unknown, one(found).unrated) == (1, 0)


def test_each_payment_is_rounded_by_itself_half_to_even():
    third = payment("2024-03-15", "DIVIDEND", "USD", "0.00000001", "0", "0", "0.5")
    assert one(third).in_gross == ZERO
    assert total(add_up([third] * 4).values()).in_gross == ZERO


@given(
    st.lists(
        st.builds(
            Payment,
            st.dates(date(2020, 1, 1), date(2024, 12, 31)),
            st.sampled_from(["", "AAA", "BBB"]),
            st.sampled_from(sorted({*INCOME, Kind.TAX})),
            st.sampled_from(["EUR", "USD"]),
            st.none() | st.decimals(-(10**12), 10**12, places=8),
            st.decimals(0, 10**6, places=8),
            st.decimals(0, 10**6, places=8),
            st.sampled_from(["EUR", "BNB"]),
            st.none() | st.decimals(D("0.0001"), 10**4, places=18),
            st.none() | st.decimals(D("0.0001"), 10**4, places=18),
        ),
        max_size=30,
    )
)
def test_the_groups_add_up_to_the_payments(payments: list[Payment]):
    assert total(add_up(payments).values()) == total(map(one, payments))


@pytest.mark.parametrize("kind", sorted(INCOME))
def test_every_kind_of_income_counts_as_gross(kind):
    found = one(payment("2024-03-15", kind.value, "EUR", "5", "1", "0.5", "1"))
    assert (found.gross, found.tax, found.fee, found.net) == (D(5), D(1), D("0.5"), D("3.5"))


def test_no_payments_are_nothing():
    assert total([]) == NOTHING
    assert add_up([]) == {}
