"""Sets an owner's password by the one-time link, over HTTP as the owner would: `set_password.py LINK PASSWORD`."""

import http.client
import sys
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit


class Form(HTMLParser):
    """The hidden fields of a page's form, and the name of its password field."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.password = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes input elements."""
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.fields[given.get("name") or ""] = given.get("value") or ""
        elif tag == "input" and given.get("type") == "password":
            self.password = given.get("name") or ""


def send(connection: http.client.HTTPConnection, method: str, link: str, **options: object) -> tuple[int, str, str]:
    """Status, cookies and text of the answer; `*.localhost` is the loopback address (RFC 6761)."""
    parts = urlsplit(link)
    headers = {"Host": parts.netloc, **options.pop("headers", {})}  # type: ignore[dict-item]
    connection.request(method, parts.path, headers=headers, **options)  # type: ignore[arg-type]
    answer = connection.getresponse()
    cookies = "; ".join(value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie") or [])
    return answer.status, cookies, answer.read().decode()


def main() -> int:
    """0 when the password is set."""
    link, password = sys.argv[1].strip(), sys.argv[2]
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(link).port, timeout=20)
    status, cookies, page = send(connection, "GET", link)
    form = Form()
    form.feed(page)
    if status != http.client.OK or not form.password:
        sys.stderr.write(f"The owner's one-time link answered {status}: it was used already, or it has expired.\n")
        return 1
    body = urlencode({**form.fields, form.password: password})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
    status, _, _ = send(connection, "POST", link, body=body, headers=headers)
    if status != http.client.SEE_OTHER:
        sys.stderr.write(f"Setting the owner's password answered {status}.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
