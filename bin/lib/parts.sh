# The real parts that the tests run against: Chromium, PostgreSQL, Redis, SimpleSAMLphp, xmlsec1. Sourced after setup.sh.

# ensure_parts: uses what is there, installs Debian's packages where it may, otherwise stops with the line to run.
ensure_parts() {
  missing=$(.venv/bin/python -m tests.support.parts)
  [ -n "$missing" ] || return 0
  packages=$(echo "$missing" | tr '\n' ' ')
  if ! command -v apt-get >/dev/null; then
    .venv/bin/python -m tests.support.parts --explain >&2
    stop "install these (no apt-get here to do it), then run this again"
  fi
  if [ "$(id -u)" != 0 ]; then
    stop "some parts are missing; run: sudo apt-get install --no-install-recommends $packages"
  fi
  say "Installing $packages"
  install_quietly "$packages"
  missing=$(.venv/bin/python -m tests.support.parts)
  [ -z "$missing" ] || stop "still missing after the installation: $(echo "$missing" | tr '\n' ' ')"
}

# The tests start their own PostgreSQL and Redis; installing the packages starts none and makes no cluster.
install_quietly() {
  export DEBIAN_FRONTEND=noninteractive
  policy=/usr/sbin/policy-rc.d
  ours=no
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
    ours=yes
  fi
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  fi
  apt-get update -qq || stop "apt-get update failed; what it says is above"
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold $1 \
    </dev/null >.venv/apt.log 2>&1 || { tail -20 .venv/apt.log >&2; stop "apt-get could not install: $1"; }
  if [ "$ours" = yes ]; then rm -f "$policy"; trap - EXIT; fi
}
