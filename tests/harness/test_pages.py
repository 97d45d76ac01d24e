"""The page client sees what is wrong with a page, and sends what a browser would send."""

import pytest
from flask import Flask, request
from lxml import html

from tests.pages import PageClient, inspect
from tests.support.site import HostClient

GOOD = """<!doctype html><html lang="en"><head><title>Members – Acme</title></head><body><h1>Members</h1>
<form method="post" action="/there?a=1"><input type="hidden" name="csrf_token" value="t">
<label for="n">Name</label><input id="n" name="n" value="old">
<label><input type="checkbox" name="c" value="1">First</label><label><input type="checkbox" name="c" value="2" checked>Second</label>
<label for="s">Role</label><select id="s" name="s"><option value="m">Maker</option><option value="v" selected>Viewer</option></select>
<label for="o">Owner</label><input id="o" name="o" readonly value="Ada">
<button name="do" value="save">Save</button><button name="do" value="drop">Drop</button></form></body></html>"""


@pytest.fixture
def pages():
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: GOOD)
    app.add_url_rule("/there", view_func=lambda: request.form.to_dict(flat=False), methods=["POST"], endpoint="there")
    client = HostClient(app, app.response_class)
    client.host_url = "http://acme.portal.localhost:5000/"
    return PageClient(client)


def test_good_page_passes(pages):
    assert pages.open("/").heading == "Members"


FAULTS = {
    "html has no lang": (' lang="en"', ""),
    "does not begin with the heading": ("Members – Acme", "Acme"),
    "h1: ": ("</h1>", "</h1><h1>More</h1>"),
    "no accessible name": ('<label for="n">Name</label>', ""),
    "id n is used 2 times": ('id="s"', 'id="n"'),
    "for names s, which is not there": ('id="s"', 'id="s2"'),
    "inline script": ("</form>", "</form><script>go()</script>"),
    "inline style element": ("</form>", "</form><style>p{}</style>"),
    "style= on": ("<h1>", '<h1 style="color: red">'),
    "onclick= on": ("<h1>", '<h1 onclick="go()">'),
}


@pytest.mark.parametrize("problem", FAULTS)
def test_faulty_page_fails_and_says_why(problem):
    with pytest.raises(AssertionError) as seen:
        inspect(html.document_fromstring(GOOD.replace(*FAULTS[problem])), "/")
    assert problem in str(seen.value)


def test_form_is_sent_as_a_browser_sends_it(pages):
    pages.open("/").submit("Save", {"Name": "new", "First": True, "Second": False, "Role": "Maker"})
    sent = {"csrf_token": ["t"], "n": ["new"], "c": ["1"], "s": ["m"], "o": ["Ada"], "do": ["save"]}
    assert pages.response.json == sent


def test_locked_field_cannot_be_filled(pages):
    assert pages.open("/").locked("Owner")
    with pytest.raises(AssertionError, match="locked"):
        pages.submit("Save", {"Owner": "Eve"})


def test_wrong_status_is_an_error(pages):
    with pytest.raises(AssertionError, match="404 at /nowhere"):
        pages.open("/nowhere")
