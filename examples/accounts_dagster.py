"""Syncs many accounts with Dagster, with one mapped step per account.

Environment variables:

- `MAILJET_ACCOUNTS`: the names of the accounts, separated by commas.
- `MAILJET_FOLDER`: a folder that all workers share. It contains the tap's settings of each account
  (`<account>.json`) and the target's settings (`target.json`). The job keeps each account's last
  confirmed state there, also after a failure.
- `TARGET`: the target's command.

Run it on one machine with `dagster job execute -f accounts_dagster.py -j nightly`. The steps run as
parallel processes. On many machines, give the job the executor of your deployment
(`celery_executor`, `k8s_job_executor`). The steps are independent, so nothing else changes.
"""

import os
import pathlib
import subprocess
from collections.abc import Iterator

from dagster import DynamicOut, DynamicOutput, RetryPolicy, ScheduleDefinition, job, op

SYNC = """
touch {account}.state.jsonl
state=$(mktemp)
tail -n 1 {account}.state.jsonl > "$state"
if [ -s "$state" ]; then set -- --state "$state"; fi
tap-mailjet --config {account}.json "$@" | {target} --config target.json >> {account}.state.jsonl
"""


@op(out=DynamicOut(str))
def accounts() -> Iterator[DynamicOutput[str]]:
    """Yield the accounts; each becomes a step."""
    for name in os.environ["MAILJET_ACCOUNTS"].split(","):
        yield DynamicOutput(name, mapping_key=name)


@op(retry_policy=RetryPolicy(max_retries=2, delay=300))
def sync(account: str) -> None:
    """Sync one account from its last confirmed state."""
    script = SYNC.format(account=account, target=os.environ["TARGET"])
    folder = pathlib.Path(os.environ["MAILJET_FOLDER"])
    subprocess.run(["/bin/bash", "-eo", "pipefail", "-c", script], cwd=folder, check=True)  # noqa: S603 - the names are the deployment's own


@job
def nightly() -> None:
    """Sync all accounts in parallel."""
    accounts().map(sync)


every_night = ScheduleDefinition(job=nightly, cron_schedule="0 2 * * *")
