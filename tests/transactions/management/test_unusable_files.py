"""manage.py import_transactions and files that are no export, or hold what cannot be stored."""

import gzip
import json
import os

import pytest

from portfolio.models import Position
from tests.transactions.management.importing import TRADES, command, described, nothing_changed
from tests.transactions.rows import Files, csv_text
from transactions.models import Import


@pytest.fixture
def folder(tmp_path):
    return Files(tmp_path, None)


HEADER = csv_text().encode()
ROW = b"2024-01-05,BUY,AAA,,,,,1,,5,EUR,,,,,,,,\n"
GARBAGE = {
    "empty": b"",
    "blank": b" \n\t\n" * 50,
    "binary": bytes(range(256)) * 40,
    "page": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "commas": b"," * 20_000_000,
    "lines of commas": b",,,,,,,,,\n" * 200_000,
    "truncated gzip": gzip.compress(HEADER + ROW * 500)[:100],
    "zip": b"PK\x03\x04" + b"\0" * 100,
    "wrong columns": b"name,colour\nfox,red\n",
    "quotes": b'"' * 2_000_001,
    "a bomb of quotes": HEADER + b'2024-01-05,BUY,"' + b'""' * 1_000_000,
    "an endless cell": HEADER + b'"' + b"a" * 500_000,
    "NUL bytes": HEADER + ROW.replace(b"AAA", b"A\0A"),
    "broken JSON": b'{"activities": [{"a": 1}, ',
    "deep JSON": b"[" * 100_000,
    "deep object": b'{"activities": ' + b'{"a":' * 50_000,
    "JSON of another kind": b'{"hello": "world"}',
    "broken XML": b"<FlexQueryResponse><FlexStatements>",
    "a bomb of entities": b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><a>&c;</a>',
    "an unknown column": HEADER.replace(b"price", b"prize") + ROW,
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_gets_one_sentence_and_changes_nothing(alice, folder, name):
    path = folder.write(data=GARBAGE[name])
    code, out, err = command(path)
    assert code == 2
    assert out == ""
    (sentence,) = err.splitlines()
    assert sentence.startswith(f"{path}: ")
    assert sentence.endswith(".")
    assert len(sentence) < 500
    assert nothing_changed()


def test_unusable_files_are_json_too(alice, folder):
    path = folder.write(data=b"")
    assert described(path) == (
        2,
        [
            {
                "file": str(path), "format": None, "account": None, "rows": 0, "imported": 0,
                "duplicates": 0, "likely_duplicates": 0, "conflicts": 0, "ignored": 0,
                "rejected": 0, "rejects": [], "remarks": [], "ignored_rules": {},
                "balances": {"agreed": 0, "disagreed": 0},
                "error": "The file is empty.",
            }
        ],
    )  # fmt: skip


def test_a_file_that_is_not_there_is_named(alice, folder):
    path = folder.folder / "none.csv"
    assert command(path)[::2] == (
        2,
        f"{path}: The file cannot be read: No such file or directory.\n",
    )


def test_a_file_that_is_too_large_is_not_read(alice, folder, settings):
    settings.IMPORT_MAX_BYTES = 2**20
    path = folder.write(data=b"a" * (3 * 2**20))
    code, _, err = command(path)
    assert (code, err) == (
        2,
        f"{path}: The file has 3 MiB; at most 1 MiB are read (IMPORT_MAX_BYTES).\n",
    )


def test_a_file_name_need_not_be_text(alice, folder):
    path = os.fsdecode(os.fsencode(folder.folder) + b"/dep\xf4t.csv")
    with open(path, "w") as file:  # noqa: PTH123 - the name is bytes
        file.write(csv_text(*TRADES))
    code, (result,) = described(path)
    assert (code, result["imported"]) == (0, 3)
    assert result["file"].endswith("/dep t.csv")
    assert Import.objects.get().file_name == "dep t.csv"


@pytest.mark.parametrize("text", ["\x00", "\x07", "\u2028"])
def test_characters_that_cannot_be_stored_break_no_other_row(alice, folder, text):
    row = {"date": "2024-01-05", "type": "DEPOSIT", "amount": "5", "currency": "EUR"}
    rows = [{**row, "description": text}, {**row, "portfolio": f"a{text}b"}]
    rows += [{**row, "id": f"a{text}b"}, {**row, "date": text}, {**row, "currency": f"E{text}"}]
    data = csv_text(*TRADES, *rows).encode("utf-16")
    code, files = described(folder.write(data=data), keep_rejects=True)
    assert code == 0
    assert sum(one["imported"] for one in files) >= 4
    assert sum(one["rows"] for one in files) == 8


def test_lone_surrogates_in_json_break_no_other_row(alice, folder):
    activity = {
        "accountId": "a", "comment": None, "fee": 0, "quantity": 1, "type": "BUY",
        "unitPrice": 5, "currency": "EUR", "dataSource": "YAHOO", "date": "2024-01-05T00:00:00.000Z",
    }  # fmt: skip
    activities = [
        {**activity, "symbol": "AAA"},
        {**activity, "symbol": "A\ud800"},
        {**activity, "symbol": "BBB", "currency": "E\ud800R"},
        {**activity, "symbol": "CCC", "comment": "\ud800", "type": "\udfff"},
    ]
    export = {
        "meta": {"date": "2024-01-06", "version": "2"},
        "accounts": [],
        "activities": activities,
    }
    path = folder.write(data=json.dumps(export).encode(), name="a.json")
    code, (result,) = described(path, keep_rejects=True)
    assert (code, result["rows"]) == (0, 4)
    assert result["imported"] >= 1
    assert result["rejected"] >= 1


def test_sums_that_no_column_holds_get_a_sentence(alice, folder):
    huge = "99999999999999999999"
    path = folder.write(f"2024-01-05 BUY {huge} AAA = 1", f"2024-02-05 BUY {huge} AAA = 1")
    code, _, err = command(path)
    assert (code, err) == (
        2,
        f"{path}: The numbers of this file add up to more than can be stored; nothing was imported.\n",
    )
    assert nothing_changed()


def test_dust_that_cost_a_fortune_has_no_price_per_unit(alice, folder):
    assert command(folder.write("2024-01-05 BUY 0.000000000000000001 AAA = 100"))[0] == 0
    assert Position.objects.get().avg_cost_basis is None
    assert Position.objects.get().total_cost == 100
