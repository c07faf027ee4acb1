"""Many accounts under Dagster: a mapped step for each, wherever its executor runs steps.

`MAILJET_ACCOUNTS` names the accounts, separated by commas, and `MAILJET_FOLDER` a folder that all
workers see. It holds for each account `<account>.json`, the tap's settings, and `target.json`, the
target's. `TARGET` is the target's command. An account's state is kept in the same folder: the last
one that the target has confirmed, also after a failure.

Try it on one machine with `dagster job execute -f accounts_dagster.py -j nightly`; its steps run as
processes side by side. On many machines, give the job the executor of your deployment
(`celery_executor`, `k8s_job_executor`): nothing else changes, as an account's step needs nothing
of another's.
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
    """Name the accounts, each of which becomes a step."""
    for name in os.environ["MAILJET_ACCOUNTS"].split(","):
        yield DynamicOutput(name, mapping_key=name)


@op(retry_policy=RetryPolicy(max_retries=2, delay=300))
def sync(account: str) -> None:
    """Sync one account; what the target has confirmed is not read again."""
    script = SYNC.format(account=account, target=os.environ["TARGET"])
    folder = pathlib.Path(os.environ["MAILJET_FOLDER"])
    subprocess.run(["/bin/bash", "-eo", "pipefail", "-c", script], cwd=folder, check=True)  # noqa: S603 - the names are the deployment's own


@job
def nightly() -> None:
    """Sync all accounts side by side."""
    accounts().map(sync)


every_night = ScheduleDefinition(job=nightly, cron_schedule="0 2 * * *")
