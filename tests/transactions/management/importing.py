"""manage.py import_transactions, called as a shell would: exit code, output and errors."""

import io
import json

from django.core.management import CommandError, call_command

from transactions.models import Account, Import, Transaction

TRADES = ("2024-01-05 BUY 10 AAA = 100", "2024-02-06 SELL 4 AAA = 60", "2024-02-07 DEPOSIT 50")


def command(*paths, **options):
    """Exit code, output and errors of the command."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_transactions", *map(str, paths), stdout=out, stderr=err, **options)
        code = 0
    except SystemExit as exit:
        code = exit.code
    except CommandError as error:
        code = error.returncode
        err.write(str(error))
    return code, out.getvalue(), err.getvalue()


def described(*paths, **options):
    code, out, _ = command(*paths, json=True, **options)
    return code, json.loads(out)["files"]


def nothing_changed():
    return not (Transaction.objects.exists() or Import.objects.exists() or Account.objects.exists())
