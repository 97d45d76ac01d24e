"""The schema of assertions, asked by many threads at once as soon as a process has started."""

from __future__ import annotations

import subprocess
import sys

AT_ONCE = """
import threading
from concurrent.futures import ThreadPoolExecutor
from lxml import etree
from portal.saml import schema

ASSERTION = '''<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0"
 IssueInstant="2026-01-01T00:00:00Z"><saml:Issuer>x</saml:Issuer></saml:Assertion>'''
etree.XMLSchema = None  # two threads that both make the first one crash the process, so none may be left to make
ready = threading.Barrier(8)

def ask(_):
    ready.wait(30)
    return all(schema.follows_assertion_schema(etree.fromstring(ASSERTION)) for _ in range(20))

with ThreadPoolExecutor(8) as threads:
    print(all(threads.map(ask, range(8))))
"""


def test_the_first_sign_ins_of_a_process_may_come_at_the_same_moment():
    asked = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, timeout=60, check=False)
    assert (asked.returncode, asked.stdout) == (0, "True\n"), asked.stderr[-300:]
