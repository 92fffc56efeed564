"""COPY both ways, and foreign keys that are skipped only while nothing can miss its parent."""

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pricing.bulk import copy_out, copy_rows, lock_parents, trusted_references, unescaped
from tests.factories import InstrumentFactory

# What PostgreSQL stores as text: all but NUL and lone surrogates.
texts = st.one_of(
    st.none(), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
)
awkward = st.sampled_from(
    ["", "\\", "\\N", "\\.", "a\tb", "a\nb", "a\r\nb", "\\t", "\b\f\v\x1f", "NULL"]
)


@pytest.fixture
def scratch(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE scratch (place int, text text)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE scratch")


def setting():
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        return cursor.fetchone()[0]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(texts, awkward), max_size=30))
def test_text_survives_the_way_in_and_out(scratch, values):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE scratch")
    copy_rows("scratch", ["place", "text"], enumerate(values))
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM scratch ORDER BY place")
        assert [text for (text,) in cursor] == values
    found = list(copy_out("SELECT place, text FROM scratch WHERE place >= %s ORDER BY place", [0]))
    assert [(int(place), unescaped(text)) for place, text in found] == list(enumerate(values))


def test_more_rows_than_one_write_holds_arrive_in_order(scratch):
    copy_rows("scratch", ["place", "text"], ((number, str(number)) for number in range(2_500)))
    rows = list(copy_out("SELECT place, text FROM scratch ORDER BY place", []))
    assert rows == [[str(number), str(number)] for number in range(2_500)]


def test_no_rows_are_no_rows(scratch):
    copy_rows("scratch", ["place", "text"], [])
    assert list(copy_out("SELECT * FROM scratch", [])) == []


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_what_cannot_be_stored_raises_and_stores_nothing(scratch, value):
    with pytest.raises((psycopg.Error, DatabaseError, UnicodeEncodeError)), transaction.atomic():
        copy_rows("scratch", ["place", "text"], [(1, "fine"), (2, value)])
    assert list(copy_out("SELECT * FROM scratch", [])) == []


# ---- trusted references ----------------------------------------------------------------------


def test_triggers_are_off_in_the_block_and_on_after_it(db):
    with trusted_references():
        assert setting() == "replica"
    assert setting() == "origin"


def test_an_error_of_python_in_the_block_turns_them_on_again(db):
    with pytest.raises(ZeroDivisionError), trusted_references():
        raise ZeroDivisionError
    assert setting() == "origin"


def test_an_error_of_the_database_in_the_block_turns_them_on_again(db):
    with pytest.raises(DatabaseError), transaction.atomic(), trusted_references():
        connection.cursor().execute("SELECT 1 / 0")
    assert setting() == "origin"


def test_an_error_that_the_block_survives_turns_them_on_again(db):
    with trusted_references():
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute("SELECT 1 / 0")
        assert setting() == "replica"
    assert setting() == "origin"


def test_a_failed_copy_turns_them_on_again(db):
    with pytest.raises((psycopg.Error, DatabaseError)), transaction.atomic(), trusted_references():
        copy_rows("accounts", ["id"], [("nonsense",)])
    assert setting() == "origin"


def test_after_the_block_a_row_without_its_parent_is_refused(db, alice):
    with trusted_references():
        pass
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(
                "INSERT INTO accounts (owner_id, name, currency, time_zone, tracks_cash, revision,"
                " created_at) VALUES (0, 'a', 'EUR', 'UTC', false, 0, now())"
            )


def test_a_role_without_the_privilege_keeps_the_triggers(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE humble")
        cursor.execute("SET LOCAL ROLE humble")
        with trusted_references():
            assert setting() == "origin"
        cursor.execute("RESET ROLE")
        cursor.execute("DROP ROLE humble")


def test_parents_are_counted_so_that_a_missing_one_is_noticed(db):
    InstrumentFactory(ticker="AAA")
    assert lock_parents("instruments", "ticker", ["AAA", "BBB"]) == 1
    assert lock_parents("instruments", "ticker", []) == 0
