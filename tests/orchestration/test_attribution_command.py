from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cdp.errors import Misconfigured, Rejected
from cdp.settings import Settings
from cdp.warehouse import open_warehouse, publish_snapshot
from orchestration.attribution_command import credit_lines, read_credits

CREDITS = """
    create schema marts;
    create table marts.attribution_credits as
    select
        model as attribution_model, 'order' as conversion_type, channel,
        currency as currency_code, cast(share as decimal(18, 9)) as credit_share,
        cast(amount as decimal(18, 2)) as credited_amount
    from (values
        ('first_touch', 'email', 'USD', 1, 10), ('first_touch', 'direct', 'EUR', 1, 7),
        ('first_touch', 'direct', 'USD', 1, 5), ('linear', 'email', 'USD', 0.5, 5),
        ('linear', 'direct', 'USD', 1.5, 10), ('linear', 'direct', 'EUR', 1, 7)
    ) as given (model, channel, currency, share, amount)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(tmp_path, tmp_path / "var", {"stage": "growth"}, {})
    with open_warehouse(made, "test") as connection:
        connection.execute(CREDITS)
    publish_snapshot(made)
    return made


def test_every_model_is_a_column_that_adds_up_to_all_conversions(
    settings: Settings,
) -> None:
    lines = credit_lines(read_credits(settings, "order"))
    assert [line.split() for line in lines] == [
        ["channel", "first_touch", "linear"],
        ["direct", "2.00", "2.50"],
        ["email", "1.00", "0.50"],
        ["all", "3.00", "3.00"],
    ]


def test_amounts_are_of_one_currency(settings: Settings) -> None:
    most_frequent = read_credits(settings, "order", amounts=True)
    assert sum(one.amount for one in most_frequent) == Decimal(30)
    asked_for = read_credits(settings, "order", amounts=True, currency_code="EUR")
    assert {one.channel for one in asked_for} == {"direct"}
    assert credit_lines(asked_for, amounts=True)[-1].split() == ["all", "7.00", "7.00"]


def test_an_unknown_type_is_answered_with_those_that_are_there(
    settings: Settings,
) -> None:
    with pytest.raises(Rejected, match="newsletter") as caught:
        read_credits(settings, "newsletter")
    assert "order" in str(caught.value)


def test_a_snapshot_without_attribution_says_what_to_run(tmp_path: Path) -> None:
    bare = Settings(tmp_path, tmp_path / "var", {"stage": "growth"}, {})
    with open_warehouse(bare, "test"):
        pass
    publish_snapshot(bare)
    with pytest.raises(Misconfigured, match="attribution have not been built"):
        read_credits(bare, "order")
