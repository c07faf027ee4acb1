#!/usr/bin/env bash
# Syncs the account in the current folder: `sync.sh` needs config.json and target.json there.
#
# Run it every night, for example with cron. The exit code is 0 only if tap and target succeeded.
# state.json is the last state that the target confirmed. A night that fails leaves it as it was, or
# moves it forward to what was loaded before the failure.
set -euo pipefail
confirmed=$(mktemp state.XXXXXX)
trap 'rm -f "$confirmed" "$confirmed.last"' EXIT
if [ -s state.json ]; then set -- --state state.json "$@"; fi
code=0
tap-mailjet --config config.json "$@" | ${TARGET:-target-postgres} --config target.json >"$confirmed" || code=$?
# A line without its end was cut when the target was killed: `read` does not return it as a line.
while IFS= read -r line; do printf '%s\n' "$line" >"$confirmed.last"; done <"$confirmed"
if [ -s "$confirmed.last" ]; then mv "$confirmed.last" state.json; fi
exit "$code"
