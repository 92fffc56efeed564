"""Money, coins and metals are told apart by their codes."""

import pytest

from pricing.currencies import CURRENCIES, METALS, is_money


@pytest.mark.parametrize("code", ["EUR", "USD", "CHF", "HRK", "DEM", "XOF", "CNH"])
def test_currency_in_force_or_withdrawn_is_money(code: str) -> None:
    assert is_money(code)


@pytest.mark.parametrize("code", ["BTC", "XAU", "XPT", "eur", "", "USDT", "XTS"])
def test_coin_metal_and_junk_are_no_money(code: str) -> None:
    assert not is_money(code)


def test_codes_have_three_letters_and_metals_are_none_of_them() -> None:
    assert {len(code) for code in CURRENCIES} == {3}
    assert not CURRENCIES & METALS
