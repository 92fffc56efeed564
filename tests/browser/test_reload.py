"""Edits files under a running development server and looks at the page that is open meanwhile."""

import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.visitor import Visitor
from tests.devreload import checkout as checkouts
from tests.devreload.checkout import Checkout

pytestmark = pytest.mark.reload
# Python starts anew, and other tests may hold the machine meanwhile.
RESTART_MS = 60_000
# Longer than the server takes to notice an edit and to tell the open pages.
SETTLED_SECONDS = 2


@pytest.fixture(scope="module")
def started(tmp_path_factory, django_db_setup: None) -> Iterator[Checkout]:
    checkout = checkouts.make(tmp_path_factory.mktemp("checkout"))
    checkout.edit(
        "portfolio/urls.py",
        "urlpatterns = [",
        "from portfolio.probe import probe, piece\n\n"
        'urlpatterns = [path("probe", probe), path("probe/piece", piece),',
    )
    write_probe(checkout)
    with checkouts.serving(checkout):
        yield checkout


@pytest.fixture
def server(started: Checkout, real_transactions: None) -> Checkout:
    if write_probe(started):
        # Otherwise the page that the test opens would learn of it while somebody types there.
        time.sleep(SETTLED_SECONDS)
    wait_until_it_answers(f"{started.url}/probe")
    return started


def write_probe(checkout: Checkout) -> list[str]:
    """The files as every test finds them; returns those that the one before has changed."""
    files = {name: checkout.root / name for name in PROBES}
    changed = [n for n, file in files.items() if not file.exists() or file.read_text() != PROBES[n]]
    for name in changed:
        files[name].write_text(PROBES[name])
    return changed


def wait_until_it_answers(url: str) -> None:
    deadline = time.monotonic() + RESTART_MS / 1000
    while True:
        try:
            urllib.request.urlopen(url).close()  # noqa: S310 - our own
        except OSError:
            assert time.monotonic() < deadline, f"{url} did not answer."
            time.sleep(0.1)
        else:
            return


PROBE = """{% extends "base.html" %}{% load static %}
{% block title %}Probe{% endblock %}
{% block head %}<link rel="stylesheet" href="{% static 'css/probe.css' %}">{% endblock %}
{% block content %}
<h1>headline one</h1>
<form><input name="note"><textarea name="long"></textarea>
<select name="pick"><option>a<option>b</select><input type="checkbox" name="tick"></form>
<details><summary>more</summary><p>inside</p></details>
<div id="lazy" hx-get="/probe/piece" hx-trigger="load">waiting</div>
<button id="load" hx-get="/probe/piece?clicked" hx-target="#clicked">load</button><div id="clicked"></div>
{% for n in "123456789012345678901234567890" %}<p>line {{ n }}</p>{% endfor %}
{% endblock %}
{% block extra_body %}<script type="module" src="{% static 'js/probe.js' %}"></script>{% endblock %}
"""
PROBE_VIEW = """from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render


@login_not_required
def probe(request):
    word = "python one"
    return render(request, "dev_probe.html", {"word": word})


@login_not_required
def piece(request):
    return render(request, "dev_piece.html")
"""


PROBES = {
    "templates/dev_probe.html": PROBE,
    "templates/dev_piece.html": "<p>piece one</p>",
    "portfolio/probe.py": PROBE_VIEW,
    "static/css/probe.css": "h1 { color: rgb(1, 2, 3) }",
    "static/js/probe.js": 'document.title = "script one"',
}


@pytest.fixture
def visitor(page: Page, server: Checkout, alice: User) -> Visitor:
    visitor = Visitor(page, server.url)
    visitor.sign_in(alice)
    visitor.visit("/probe")
    wait_until_connected(page)
    return visitor


def wait_until_connected(page: Page) -> None:
    page.wait_for_function("() => window.devReload?.version")


def use(page: Page) -> None:
    """What a person does to a page, and a mark on a node to see whether it stays the same."""
    page.locator("[name=long]").fill("several\nlines")
    page.locator("[name=pick]").select_option("b")
    page.locator("[name=tick]").check()
    page.locator("summary", has_text="more").click()
    page.locator("#load").click()
    expect(page.locator("#clicked")).to_have_text("piece one")
    page.locator("[name=note]").fill("half a sentence")
    page.locator("[name=note]").evaluate("e => { e.setSelectionRange(4, 6); e.mark = 'same node' }")
    page.evaluate("window.scrollTo(0, 40); window.mark = 'same page'")


STATE = """() => {
  const get = (name) => document.querySelector(`[name=${name}]`);
  return [get("note").value, get("long").value, get("pick").value, get("tick").checked,
    document.querySelector("main details").open, document.activeElement.name,
    get("note").selectionStart, get("note").selectionEnd, scrollY,
    document.querySelector("#clicked").textContent];
}"""
USED = ["half a sentence", "several\nlines", "b", True, True, "note", 4, 6, 40, "piece one"]


def edit_often(page: Page, edit: Callable[[int], object], shown: str) -> None:
    for number in range(5):
        edit(number)
        page.wait_for_function(shown.format(number=number), polling=20)


def test_a_template_edit_appears_and_everything_typed_stays(visitor: Visitor, server: Checkout):
    page = visitor.page
    use(page)
    assert page.evaluate(STATE) == USED
    words = ["one", "two", "three", "four", "five", "six"]
    edit_often(
        page,
        lambda n: server.edit(
            "templates/dev_probe.html", f"headline {words[n]}", f"headline {words[n + 1]}"
        ),
        "() => ['two', 'three', 'four', 'five', 'six'].indexOf("
        "document.querySelector('h1').textContent.split(' ')[1]) === {number}",
    )
    assert page.evaluate(STATE) == USED
    assert page.evaluate("[window.mark, document.querySelector('[name=note]').mark]") == [
        "same page",
        "same node",
    ]
    assert visitor.problems == []


def test_fragments_that_htmx_loaded_follow_their_own_template(visitor: Visitor, server: Checkout):
    page = visitor.page
    use(page)
    server.edit("templates/dev_piece.html", "one", "two")
    expect(page.locator("#clicked")).to_have_text("piece two")
    expect(page.locator("#lazy")).to_have_text("piece two")
    assert page.evaluate(STATE) == [*USED[:-1], "piece two"]


def test_typed_text_survives_an_edit_that_moves_its_field(visitor: Visitor, server: Checkout):
    page = visitor.page
    use(page)
    server.edit("templates/dev_probe.html", "<form>", "<section><p>new</p><form class='x'>")
    expect(page.locator("section p", has_text="new")).to_be_visible()
    page.wait_for_function(
        f"() => JSON.stringify(({STATE})().slice(0, 6)) === "
        "JSON.stringify(['half a sentence', 'several\\nlines', 'b', true, true, 'note'])"
    )


def test_what_is_typed_while_the_page_follows_an_edit_stays(visitor: Visitor, server: Checkout):
    page = visitor.page
    page.locator("[name=note]").fill("before")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/probe/piece", hold)
    server.edit("templates/dev_probe.html", "headline one", "headline two")
    expect(page.locator("h1")).to_have_text("headline two")
    use(page)
    for route in held:
        route.continue_()
    page.unroute("**/probe/piece")
    server.edit("templates/dev_probe.html", "headline two", "headline three")
    expect(page.locator("h1")).to_have_text("headline three")
    assert page.evaluate(STATE) == USED


def test_a_style_sheet_is_exchanged_without_a_moment_in_the_old_clothes_or_none(
    visitor: Visitor, server: Checkout
):
    page = visitor.page
    use(page)
    colour = "getComputedStyle(document.querySelector('h1')).color"
    page.evaluate(
        f"""window.seen = new Set(); (function look() {{
          window.seen.add({colour}); requestAnimationFrame(look); }})()"""
    )
    edit_often(
        page,
        lambda n: server.edit("static/css/probe.css", f"rgb({n + 1},", f"rgb({n + 2},"),
        # Seen in a frame: the style alone may already be new while the frame is still to come.
        "() => window.seen.has('rgb(' + ({number} + 2) + ', 2, 3)')",
    )
    assert page.evaluate("[...window.seen]") == [f"rgb({n}, 2, 3)" for n in range(1, 7)]
    assert page.evaluate(STATE) == USED


def test_a_script_edit_runs_the_new_script_and_everything_typed_stays(
    visitor: Visitor, server: Checkout
):
    page = visitor.page
    use(page)
    server.edit("static/js/probe.js", "one", "two")
    page.wait_for_function("() => document.title === 'script two'", polling=20)
    page.wait_for_function(f"() => ({STATE})()[9] === 'piece one' && scrollY === 40")
    assert page.evaluate(STATE) == USED


def test_every_open_tab_follows(visitor: Visitor, server: Checkout, context: BrowserContext):
    # More tabs than a browser opens connections to a host.
    tabs = [visitor.page]
    for _ in range(7):
        tab = context.new_page()
        tab.goto(server.url + "/probe")
        tabs.append(tab)
    for tab in tabs:
        wait_until_connected(tab)
    server.edit("templates/dev_probe.html", "headline one", "headline two")
    for tab in tabs:
        expect(tab.locator("h1")).to_have_text("headline two")


def test_a_python_edit_is_answered_by_new_code_and_everything_typed_stays(
    visitor: Visitor, server: Checkout
):
    page = visitor.page
    server.edit("templates/dev_probe.html", "headline one", "headline {{ word }}")
    expect(page.locator("h1")).to_have_text("headline python one", timeout=RESTART_MS)
    use(page)
    server.edit("portfolio/probe.py", "python one", "python two")
    page.wait_for_function(
        "() => document.querySelector('h1').textContent.endsWith('two')",
        polling=20,
        timeout=RESTART_MS,
    )
    assert page.evaluate(STATE) == USED
    server.edit("portfolio/probe.py", "python two", "python one")
    expect(page.locator("h1")).to_have_text("headline python one", timeout=RESTART_MS)


def test_an_exception_lies_over_the_page_and_goes_when_it_is_mended(
    visitor: Visitor, server: Checkout
):
    page = visitor.page
    use(page)
    overlay = page.locator("dev-reload-overlay[data-name=error]")
    server.edit("portfolio/probe.py", 'word = "python one"', "word = 1 / 0")
    expect(overlay).to_contain_text("ZeroDivisionError", timeout=RESTART_MS)
    expect(overlay).to_contain_text("portfolio/probe.py:7")
    server.edit("portfolio/probe.py", "word = 1 / 0", 'word = "python one"')
    expect(overlay).to_have_count(0, timeout=RESTART_MS)
    assert page.evaluate(STATE) == USED


def test_a_mistake_in_a_template_names_its_line(visitor: Visitor, server: Checkout):
    overlay = visitor.page.locator("dev-reload-overlay[data-name=error]")
    server.edit("templates/dev_probe.html", "<h1>headline", "<h1>{% nonsense %}headline")
    expect(overlay).to_contain_text("TemplateSyntaxError", timeout=RESTART_MS)
    expect(overlay).to_contain_text("templates/dev_probe.html:5")
    server.edit("templates/dev_probe.html", "{% nonsense %}", "")
    expect(overlay).to_have_count(0, timeout=RESTART_MS)


def test_a_syntax_error_that_keeps_django_from_starting_is_shown_and_goes(
    visitor: Visitor, server: Checkout, context: BrowserContext
):
    page = visitor.page
    use(page)
    overlay = page.locator("dev-reload-overlay[data-name=error]")
    server.edit("portfolio/probe.py", "def piece(request):", "def piece(request:")
    expect(overlay).to_contain_text("SyntaxError", timeout=RESTART_MS)
    expect(overlay).to_contain_text("portfolio/probe.py:12")
    newcomer = context.new_page()
    newcomer.goto(server.url + "/probe")
    expect(newcomer.locator("h1")).to_have_text("SyntaxError", timeout=RESTART_MS)
    server.edit("portfolio/probe.py", "def piece(request:", "def piece(request):")
    expect(overlay).to_have_count(0, timeout=RESTART_MS)
    assert page.evaluate(STATE) == USED
    expect(newcomer.locator("h1")).to_have_text("headline one", timeout=RESTART_MS)
