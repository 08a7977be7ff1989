from __future__ import annotations

from cdp.text_table import markdown_table, short, text_table


def test_what_a_stranger_sent_moves_no_cursor_and_breaks_no_line() -> None:
    rows = [("signed\x1b[2Jin\nnow", 1), ("a\u2028b", 2)]
    for table in (
        text_table(("event", "count"), rows),
        markdown_table(("a", "b"), rows),
    ):
        lines = table.splitlines()
        assert [line for line in lines if "signed [2Jin now" in line]
        assert len(lines) == table.count("\n") + 1


def test_a_name_without_end_is_cut() -> None:
    assert short("order_completed") == "order_completed"
    assert short("x" * 100_000) == "x" * 59 + "…"
