#!/usr/bin/env bash
# Syncs the account whose config.json and target.json are in the current folder.
#
# The exit code is 0 only if tap and target succeeded. state.json is the last state that the target
# confirmed. A night that fails keeps it, or moves it to what was loaded before the failure.
# TAP and TARGET are the commands; further options are those of the tap, such as --catalog.
set -euo pipefail
trap : INT TERM # wait for what the tap and the target write at their end
confirmed=$(mktemp state.XXXXXX)
trap 'rm -f "$confirmed"' EXIT
if [ -s state.json ]; then set -- --state state.json "$@"; fi
code=0 last=
${TAP:-tap-mailjet} --config config.json "$@" | ${TARGET:-target-postgres} --config target.json >"$confirmed" || code=$?
while IFS= read -r line; do last=$line; done <"$confirmed" # without a line that was cut
if [ -n "$last" ]; then printf '%s\n' "$last" >"$confirmed" && mv "$confirmed" state.json; fi
exit "$code"
