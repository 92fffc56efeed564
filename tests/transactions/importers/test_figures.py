"""What every importer of a table reads alike."""

from decimal import Decimal

from transactions.importers.figures import unit_price


def test_price_that_is_too_large_to_be_one_is_unknown():
    assert unit_price(Decimal(6), Decimal(4)) == Decimal("1.5")
    assert unit_price(Decimal("1e20"), Decimal(1)) is None
    assert unit_price(Decimal("9e19"), Decimal("1e-300")) is None
