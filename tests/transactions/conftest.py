import pytest

from tests.transactions.rows import Files


@pytest.fixture
def files(alice, tmp_path):
    """Writes files in our own format and imports them for Alice."""
    return Files(tmp_path, alice)
