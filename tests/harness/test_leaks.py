"""The watch for secrets goes red: for each way in which one could get out."""

from __future__ import annotations

import logging

import pytest
import structlog
from flask import Response, redirect, request

from portal.vault import hash_password, new_secret
from portal.web.guards import public
from tests.support import leaks, site

pytestmark = pytest.mark.one_database

TOKEN, LINK, REQUEST, SESSION = (new_secret(kind) for kind in ("wpt", "wpl", "wpq", "wps"))
RECOVERY = "abcde-fghjk-mnpqr-stuvw"


@pytest.fixture
def leaky(make_app):
    """A portal with views that let out whatever one asks for; `leaky(view)` is what was found."""
    app = make_app()

    def find(view, path="/leak", **options):
        app.view_functions["leak"] = public()(view)
        with leaks.collected() as found:
            site.client(app).open(path, **options)
        return found

    app.add_url_rule("/leak", "leak", lambda: "", methods=["GET", "POST"])
    app.add_url_rule("/leak/<secret>", "leak")
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    return find


def log(**fields):
    structlog.get_logger().debug("event", **fields)
    return ""


def log_elsewhere(text, *values):
    logging.getLogger("some.library").warning(text, *values)
    return ""


BODIES = {
    "a token in a page": lambda: f"your token is {TOKEN}",
    "a session outside its cookie": lambda: SESSION,
    "a token in a cookie": lambda: Response("", headers={"Set-Cookie": f"a={TOKEN}"}),
    "a link in an address": lambda: redirect(f"/set-password/{LINK}"),
    "a request in another page": lambda: REQUEST,
    "a recovery code": lambda: RECOVERY,
    "a hash": lambda: hash_password("x"),
    "a private key": lambda: "-----BEGIN PRIVATE KEY-----",
    "a token in a log line": lambda: log(path=f"/x/{TOKEN}"),
    "a code in a log line": lambda: log(code=RECOVERY),
    "a hash in a log line": lambda: log(stored=hash_password("x")),
    "a link in a library's line": lambda: log_elsewhere("GET /set-password/%s", LINK),
}


@pytest.mark.parametrize("what", BODIES)
def test_what_gets_out_is_found(leaky, what):
    assert len(leaky(BODIES[what])) == 1


def test_what_somebody_typed_is_found_in_log_and_answer(leaky):
    typed = {"password": "correct horse battery"}

    def echo():
        return request.form["password"]

    assert leaky(echo, method="POST", data=typed) == ["leak answers with what was presented"]
    [found] = leaky(lambda: log(form=request.form.to_dict()), method="POST", data=typed)
    assert found.startswith("leak logs what was presented")


def test_a_line_of_another_process_is_found(tmp_path):
    (tmp_path / "log").write_text(f'{{"event": "x"}}\n{{"path": "/recover/{LINK}"}}\n')
    with leaks.collected() as found:
        leaks.read_log(tmp_path / "log")
    assert len(found) == 1


def test_what_belongs_there_is_not_found(leaky):
    assert leaky(lambda secret: secret, path=f"/leak/{LINK}") == []
    assert leaky(lambda: Response("", headers={"Set-Cookie": f"a={SESSION}"})) == []
    assert leaky(lambda: log(reference="wpt_…abcd", id="0d0f8f0e-5d2a-4d1c-8f5b-0c1f6f1f9b11")) == []
