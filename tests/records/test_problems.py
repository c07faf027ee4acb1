from __future__ import annotations

import pytest
from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.api.lenient_json import Damage
from tap_mailjet.records.problems import MIN_UNUSABLE_ROWS, DataProblems


def test_each_kind_of_problem_is_described_with_its_count() -> None:
    problems = DataProblems()
    for _ in range(1200):
        problems.skip("without MessageID")
    problems.skip("without fields")
    problems.skip_once("SendStartAt", b"{}", is_unset=True)
    for field in ("Delay", "Delay", "StateID"):
        problems.misfit(field)
    problems.damaged("Score", Damage.NULLED)
    problems.damaged("Subject", Damage.REPLACED)
    assert problems.descriptions() == [
        "1,200 rows without MessageID skipped",
        "1 row without fields skipped",
        "1 row skipped until SendStartAt is set",
        "2 values of Delay did not fit its type and are null",
        "1 value of StateID did not fit its type and is null",
        "1 value of Score did not fit its type and is null",
        "1 value of Subject had broken characters, replaced by U+FFFD",
    ]


def test_row_without_a_time_is_counted_once_however_many_windows_have_it() -> None:
    problems = DataProblems()
    for row in (b"a", b"b", b"a", b"a"):
        problems.skip_once("ArrivedAt", row, is_unset=False)
        problems.skip_once("ArrivedAt", row * 2, is_unset=True)
    assert problems.descriptions() == [
        "2 rows without ArrivedAt skipped",
        "2 rows skipped until ArrivedAt is set",
    ]


def test_stream_is_refused_only_if_every_row_was_skipped() -> None:
    problems = DataProblems()
    problems.refuse_if_unusable()
    problems.skip_once("SendStartAt", b"{}", is_unset=True)
    problems.misfit("Delay")
    problems.refuse_if_unusable()
    problems.skip("without ID")
    with pytest.raises(FatalAPIError, match="no row could be emitted: 1 row without ID skipped"):
        problems.refuse_if_unusable()
    problems.has_usable_rows = True
    problems.refuse_if_unusable()


def test_few_unusable_rows_after_a_bookmark_are_no_failure() -> None:
    problems = DataProblems()
    for _ in range(MIN_UNUSABLE_ROWS - 1):
        problems.skip("without MessageID")
    problems.refuse_if_unusable(resumes=True)
    with pytest.raises(FatalAPIError, match="9 rows without MessageID skipped"):
        problems.refuse_if_unusable(resumes=False)
    problems.skip("without MessageID")
    with pytest.raises(FatalAPIError, match="10 rows without MessageID skipped"):
        problems.refuse_if_unusable(resumes=True)
