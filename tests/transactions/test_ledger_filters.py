"""What the pages call the formats of files."""

import pytest

from transactions.templatetags.ledger import format_name


@pytest.mark.parametrize(
    ("format", "name"),
    [
        ("trading212", "Trading 212"),
        ("degiro-account", "DEGIRO account"),
        ("revolut-metals", "Revolut Metals"),
        ("crypto-com", "Crypto.com (crypto-com)"),
        ("ibkr-flex-xml", "Interactive Brokers (ibkr-flex-xml)"),
        ("generic-csv", "the documented CSV"),
        ("mapping:7", "your mapping"),
        ("gone-by-now", "gone-by-now"),
    ],
)
def test_a_format_is_called_by_its_broker(format, name):
    assert format_name(format) == name
