#!/bin/sh
# A night under a real systemd: makes a Debian in a folder that goes away again, boots it, and runs
# tests/acceptance/under_systemd.py in it. Needs root, debootstrap and systemd-container; about four minutes.
#
#   sudo tests/under-systemd.sh [SUITE]        e.g. bookworm (the default), trixie
set -eu
suite=${1:-bookworm}
project=$(cd "$(dirname "$0")/.." && pwd)
root=$(mktemp -d /var/tmp/newsbell-systemd.XXXXXX)
trap 'machinectl terminate newsbell-night 2>/dev/null || true; sleep 1; rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,libpam-systemd,dbus-user-session,python3,python3-venv,procps,ca-certificates \
  "$suite" "$root" >/dev/null
git clone --quiet "$project" "$root/src"
systemd-nspawn --quiet --directory="$root" --machine=newsbell-night --boot --console=passive >/dev/null 2>&1 &
until systemctl --machine=newsbell-night is-system-running 2>/dev/null | grep -qE 'running|degraded'; do sleep 1; done
systemd-run --quiet --machine=newsbell-night --pipe --wait --working-directory=/src python3 -m tests.acceptance.under_systemd
