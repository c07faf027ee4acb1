"""Syncs many accounts with Dagster, with one mapped step per account.

Copy `sync.sh` beside this file. Environment variables:

- `MAILJET_ACCOUNTS`: the names of the accounts, separated by commas.
- `MAILJET_FOLDER`: a folder that all workers share. It contains the target's settings
  (`target.json`) and, for each account, a folder with the tap's settings
  (`<account>/config.json`). The job keeps the account's last confirmed state there, also after a
  failure.
- `TARGET`: the target's command.

Each account is loaded into a schema of its own, `default_target_schema`, which has the account's
name. Two targets never create the same table at the same time, and equal IDs of two accounts do not
overwrite each other.

Run it on one machine with `dagster job execute -f accounts_dagster.py -j nightly`. The steps run as
parallel processes. On many machines, give the job the executor of your deployment
(`celery_executor`, `k8s_job_executor`). The steps are independent, so nothing else changes.
"""

import json
import os
import pathlib
import subprocess
from collections.abc import Iterator

from dagster import DynamicOut, DynamicOutput, RetryPolicy, ScheduleDefinition, job, op

SYNC = pathlib.Path(__file__).with_name("sync.sh")


@op(out=DynamicOut(str))
def accounts() -> Iterator[DynamicOutput[str]]:
    """Yield the accounts; each becomes a step."""
    for name in os.environ["MAILJET_ACCOUNTS"].split(","):
        yield DynamicOutput(name, mapping_key=name)


@op(retry_policy=RetryPolicy(max_retries=2, delay=300))
def sync(account: str) -> None:
    """Sync one account from its last confirmed state, into its own schema."""
    shared = pathlib.Path(os.environ["MAILJET_FOLDER"])
    target = json.loads((shared / "target.json").read_text()) | {"default_target_schema": account}
    (shared / account / "target.json").write_text(json.dumps(target))
    subprocess.run(["/bin/bash", str(SYNC)], cwd=shared / account, check=True)  # noqa: S603 - the file beside this one


@job
def nightly() -> None:
    """Sync all accounts in parallel."""
    accounts().map(sync)


every_night = ScheduleDefinition(job=nightly, cron_schedule="0 2 * * *")
