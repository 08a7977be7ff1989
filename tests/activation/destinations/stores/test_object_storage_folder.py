from __future__ import annotations

from typing import Any

import pytest

from activation.destinations.object_storage_folder import Folder
from activation.destinations.outcome import NotTaken, Status


def test_google_gets_an_object_whole(tool: Any) -> None:
    tool.answers_with(200, {}, Location=f"{tool.url}/upload?upload_id=1")
    tool.answers_with(200, {"name": "events/a.gz", "bucket": "lake", "size": "4"})
    folder = Folder({"url": "gs://lake/events", "endpoint": tool.url})

    folder.write("a.gz", b"once")

    begun, sent = tool.seen
    assert begun.path == "/upload/storage/v1/b/lake/o"
    assert begun.query["name"] == "events/a.gz"
    assert sent.content == b"once"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (401, Status.MISCONFIGURED),
        (403, Status.MISCONFIGURED),
        (404, Status.MISCONFIGURED),
        (503, Status.RETRY),
    ],
)
def test_googles_answer_says_whose_turn_it_is(
    tool: Any, answer: int, status: Status
) -> None:
    tool.usually_answers(answer, {"error": {"message": "no"}})
    folder = Folder({"url": "gs://lake/events", "endpoint": tool.url})

    with pytest.raises(NotTaken) as refusal:
        folder.write("a.gz", b"once")

    assert refusal.value.outcome.status is status


def test_amazon_says_who_may_not(tool: Any) -> None:
    tool.usually_answers(403, b"<Error><Code>AccessDenied</Code></Error>")
    section = {"access_key_id": "key", "secret_access_key": "secret"}
    folder = Folder(
        {"url": "s3://lake/events", "endpoint": tool.url, "region": "x"} | section
    )

    with pytest.raises(NotTaken) as refusal:
        folder.write("a.gz", b"once")

    assert refusal.value.outcome.status is Status.MISCONFIGURED
    assert "secret" not in refusal.value.outcome.reason
