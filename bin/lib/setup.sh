# Shared by bin/demo and bin/test: go to the checkout, make .venv, stop with a sentence. Sourced, never run.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
stop() { say "$(basename "$0"): $*"; exit 2; }

# The first Python that is new enough.
find_python() {
  for python in python3 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  stop "Python 3.11 or newer is needed. On Debian or Ubuntu: sudo apt-get install python3 python3-venv"
}

# ensure_venv LOCK...: .venv holds exactly these locks and the portal itself; nothing to do when it already does.
# Of two that begin at once, the second waits.
ensure_venv() {
  exec 8<pyproject.toml
  if command -v flock >/dev/null && ! flock -n 8; then
    say "Waiting for another installation into .venv"
    flock 8
  fi
  install_into_venv "$@"
  exec 8<&-
}

install_into_venv() {
  stamp=.venv/installed-$#
  if cat "$@" pyproject.toml | cmp -s - "$stamp" && .venv/bin/python -c ''; then
    return
  fi
  if ! .venv/bin/python -c '' 2>/dev/null; then
    python=$(find_python)
    say "Making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv || stop "\"$python -m venv\" failed. On Debian or Ubuntu: sudo apt-get install python3-venv"
  fi
  say "Installing $*"
  requirements=
  for lock in "$@"; do requirements="$requirements -r $lock"; done
  # Wheels only: nothing is compiled, so no compiler and no libxml2 headers are needed.
  # shellcheck disable=SC2086
  .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: $requirements \
    || stop "the packages could not be installed; what pip says is above"
  .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable . \
    2>.venv/install.log || { cat .venv/install.log >&2; stop "the portal itself could not be installed"; }
  cat "$@" pyproject.toml >"$stamp"
}
