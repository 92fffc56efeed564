"""Calls upwards: those who value by prices and rates learn what changed.

Sent inside the database transaction that changed them; a receiver that fails undoes the change.
"""

from django.dispatch import Signal

# since: dict[str, date], the first changed day per ticker. A split counts as a change of all days
# before it.
prices_changed = Signal()

# since: dict[str, date], the first changed day per currency.
rates_changed = Signal()
