"""The stream of events that every open page listens to."""

import pytest
from django.contrib.auth.models import User
from django.db import connection

from portfolio.devreload import views


@pytest.mark.django_db(transaction=True)
def test_an_open_page_holds_no_connection_to_the_database(rf):
    answer = views.events(rf.get("/__reload__/events"))
    assert not User.objects.exists()  # as the middleware looks up who is signed in
    assert connection.connection is not None
    assert "hello" in next(iter(answer)).decode()
    assert connection.connection is None
