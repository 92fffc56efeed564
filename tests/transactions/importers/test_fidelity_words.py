"""What Fidelity's actions mean, beyond those of the golden files."""

import pytest

from transactions.importers.fidelity_words import Act, meaning_of
from transactions.kinds import Kind


@pytest.mark.parametrize(
    ("action", "meaning"),
    [
        ("CASH IN LIEU OF FRACTIONAL SHARE EXAMPLE CORP (Cash)", Kind.RETURN_OF_CAPITAL),
        ("ADJUST FEE CHARGED EXAMPLE ADR (Cash)", Kind.FEE),
        ("ADJUST DIVIDEND RECEIVED EXAMPLE CORP", Kind.DIVIDEND),
        (" cash  contribution current year", Act.CASH),
        ("CASH IN THE AIR", None),
    ],
)
def test_the_first_words_of_an_action_say_what_it_is(
    action: str, meaning: Act | Kind | None
) -> None:
    assert meaning_of(action) is meaning
