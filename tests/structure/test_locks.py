"""The locks can be installed anywhere: they name packages and hashes, and no index, host or directory."""

import re

import pytest

from tests.structure.files import ROOT, tracked

LOCKS = ["requirements.lock", "requirements-dev.lock"]
# In two pieces, so that this file does not name them itself.
HOSTS = re.compile("|".join(["pypi" + r"\.", "python" + "hosted", "npm" + r"js\.", "deb" + r"\.debian\.", "yarn" + "pkg"]))


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_index_host_or_path(name):
    text = (ROOT / name).read_text()
    wrong = [line for line in text.splitlines() if re.search(r"://|@ |^-|--(?!hash=)|file:/|(^|\s)/", line)]
    assert wrong == []


@pytest.mark.parametrize("name", LOCKS)
def test_each_package_is_pinned_and_hashed(name):
    text = re.sub(r"\\\n", " ", (ROOT / name).read_text())
    packages = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(packages) > 40
    assert [line for line in packages if not re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_the_two_locks_agree():
    pins = [dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCKS]
    both = pins[0].keys() & pins[1].keys()
    assert {name: pins[0][name] for name in both} == {name: pins[1][name] for name in both}


def test_no_tracked_file_names_a_registry_host():
    named = {}
    for path in tracked():
        found = HOSTS.search(path.read_bytes().decode("utf-8", "replace"))
        if found:
            named[str(path.relative_to(ROOT))] = found[0]
    assert named == {}


def test_no_tracked_file_names_a_directory_of_somebodys_machine():
    homes = re.compile("(?<![\\w.>}/-])/(" + "|".join(["wor" + "k", "ro" + "ot", "ho" + "me"]) + ")/[\\w.]")
    named = {}
    for path in tracked():
        found = homes.search(path.read_bytes().decode("utf-8", "replace"))
        if found:
            named[str(path.relative_to(ROOT))] = found[0]
    assert named == {}
