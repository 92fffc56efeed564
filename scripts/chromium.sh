#!/bin/sh
# Makes sure that Chromium is there for the browser tests.
set -eu

if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "Chromium is missing. Install it with your system's package manager, then run this again." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=sudo
else
    echo "Chromium is missing. Install it with: sudo apt-get install chromium" >&2
    exit 1
fi
echo "Installing Chromium for the browser tests"
export DEBIAN_FRONTEND=noninteractive
# Another installation may be under way.
wait="-o DPkg::Lock::Timeout=300"
log=$(mktemp)
if ! { $as_root apt-get $wait update -q && $as_root apt-get $wait install -qy --no-install-recommends chromium fonts-dejavu-core; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install chromium; the reason stands above." >&2
    exit 1
fi
rm -f "$log"
