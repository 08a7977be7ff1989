"""Each fault of the stand-ins, met by each source: rows end equal to the truth."""

import pytest

from sandbox.tools.traffic import Fault


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=500),
        Fault("status", status=429, retry_after=1),
        Fault("half_page"),
        Fault("token_expired"),
    ],
    ids=["500", "429", "half a page", "token expired"],
)
def test_a_fault_between_two_pages_loses_no_row(filled, case, fault):
    filled.stand.traffic.inject(case.kind, fault, count=1, after=2)
    filled.load(case.kind)
    assert filled.ids(case.table) == case.stored_ids()
    assert filled.load(case.kind) == {}
