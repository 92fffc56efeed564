"""When a carried price has to be called stale."""

import re
from datetime import date
from pathlib import Path

from pricing.assets import AssetType
from pricing.models import ASSET_TYPE_LABELS
from pricing.staleness import STALE_AFTER_DAYS, is_stale, oldest_fresh

THURSDAY_BEFORE_EASTER = date(2026, 4, 2)
TUESDAY_AFTER = date(2026, 4, 7)
WEDNESDAY_AFTER = date(2026, 4, 8)

PAGE = Path(__file__).parents[2] / "docs" / "prices.md"


def test_a_share_is_not_stale_over_easter_but_one_day_later():
    assert not is_stale("STOCK", THURSDAY_BEFORE_EASTER, TUESDAY_AFTER)
    assert is_stale("STOCK", THURSDAY_BEFORE_EASTER, WEDNESDAY_AFTER)


def test_a_coin_is_stale_after_two_days():
    assert not is_stale("CRYPTO", date(2026, 4, 5), date(2026, 4, 7))
    assert is_stale("CRYPTO", date(2026, 4, 4), date(2026, 4, 7))


def test_cash_is_never_stale():
    assert oldest_fresh("CASH", date(2026, 4, 7)) == date.min
    assert not is_stale("CASH", date(1999, 1, 4), date(2026, 4, 7))


def test_every_kind_of_asset_has_its_limit():
    assert set(STALE_AFTER_DAYS) | {AssetType.CASH} == set(AssetType)


def test_the_page_about_prices_says_the_same():
    table = PAGE.read_text().split("| asset type | days |")[1].split("\n\n")[0]
    told = {
        kind.strip().casefold(): int(days)
        for kinds, days in re.findall(r"\| ([^|]+) \| (\d+)", table)
        for kind in kinds.split(",")
    }
    assert told == {
        ASSET_TYPE_LABELS[kind].casefold(): days for kind, days in STALE_AFTER_DAYS.items()
    }
