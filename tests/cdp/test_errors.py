from __future__ import annotations

import pytest

from cdp.errors import CdpError, Misconfigured, Rejected, Unavailable


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Rejected("is required"), "is required"),
        (
            Rejected("is required", place="batch[3].total"),
            "batch[3].total: is required",
        ),
        (
            Misconfigured("the key is empty", place="headwater.yml", fix="Set it"),
            "headwater.yml: the key is empty. Set it",
        ),
        (Unavailable("still in use", fix="Wait"), "still in use. Wait"),
    ],
)
def test_an_error_reads_as_place_message_and_fix(
    error: CdpError, sentence: str
) -> None:
    assert str(error) == sentence


def test_who_must_act_is_the_class_and_nothing_else() -> None:
    for error in (Rejected, Unavailable, Misconfigured):
        others = {Rejected, Unavailable, Misconfigured} - {error}
        assert issubclass(error, CdpError)
        assert not any(issubclass(error, other) for other in others)


def test_a_wait_that_was_named_is_kept() -> None:
    assert Unavailable("busy", retry_after_seconds=2.5).retry_after_seconds == 2.5
    assert Unavailable("busy").retry_after_seconds is None
