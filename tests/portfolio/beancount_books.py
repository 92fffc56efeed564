"""Run as a program of its own: what beancount makes of a file, as JSON.

Its licence (GPL) is why nothing imports it: python beancount_books.py FILE
"""

import json
import sys
from collections import defaultdict

from beancount import loader
from beancount.core.data import Commodity, Open, Transaction
from beancount.core.inventory import Inventory
from beancount.ops import validation


def main(path: str) -> None:
    # As bean-check does.
    entries, errors, _ = loader.load_file(path, extra_validations=validation.HARDCORE_VALIDATIONS)
    inventories: dict[str, Inventory] = defaultdict(Inventory)
    for entry in entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                inventories[posting.account].add_position(posting)
    meta = {
        entry.account if isinstance(entry, Open) else entry.currency: {
            key: value
            for key, value in entry.meta.items()
            if key in {"account", "ticker", "currency"}
        }
        for entry in entries
        if isinstance(entry, Open | Commodity)
    }
    lots = [
        {
            "account": account,
            "units": str(position.units.number),
            "commodity": position.units.currency,
            "cost": position.cost and str(position.cost.number),
            "currency": position.cost and position.cost.currency,
            "date": position.cost and str(position.cost.date),
            "label": position.cost and position.cost.label,
        }
        for account, inventory in inventories.items()
        for position in inventory
    ]
    json.dump(
        {"errors": [error.message for error in errors], "lots": lots, "meta": meta}, sys.stdout
    )


if __name__ == "__main__":
    main(sys.argv[1])
