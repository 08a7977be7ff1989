"""Evaluate expectations on a batch of rows with Great Expectations.

An expectation that *failed* says that the rows are not as they must be: the sender's
turn. One that *errored* says nothing about the rows, because it could not be evaluated
at all (its column is missing, its arguments make no sense): the operator's turn.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ingestion.expectation_suite import Expectation

MET, FAILED, ERRORED = "met", "failed", "errored"
_UPPER = re.compile(r"(?:^|_)([a-z0-9])")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one expectation found in one table.

    Attributes:
        expectation: Which one.
        status: ``met``, ``failed`` or ``errored``.
        unexpected_share: Share of the rows that are not as expected, 0 to 1; None
            where the expectation counts no rows.
        reason: Why it errored; empty otherwise. Never holds values of the rows.
    """

    expectation: Expectation
    status: str
    unexpected_share: float | None
    reason: str = ""

    def sentence(self, table: str) -> str:
        """Return the finding as one sentence without any value of the rows."""
        what = self.expectation
        place = ".".join([table, *what.columns[:1]])
        name = what.expectation.removeprefix("expect_").replace("_", " ")
        if self.status == ERRORED:
            return f"{place}: '{name}' could not be evaluated: {self.reason}"
        share = self.unexpected_share
        shown = "" if share is None else f" for {share:.2%} of the rows"
        return f"{place}: '{name}' does not hold{shown} ({what.because})"


def validate(
    table: str, expectations: Sequence[Expectation], rows: pd.DataFrame
) -> tuple[list[Finding], Any]:
    """Evaluate the expectations on the rows.

    Returns:
        The findings in the order of the expectations, and Great Expectations' own
        result, which the Data Docs are rendered from.
    """
    gx = _great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = _no_progress_bars()
    batch = (
        context.data_sources.add_pandas("raw")
        .add_dataframe_asset(table)
        .add_batch_definition_whole_dataframe("new rows")
    )
    suite = context.suites.add(gx.ExpectationSuite(name=table))
    findings: list[Finding | None] = []
    for expectation in expectations:
        try:
            suite.add_expectation(_built(gx, expectation, len(findings)))
            findings.append(None)
        except (TypeError, ValueError, AttributeError) as error:
            findings.append(Finding(expectation, ERRORED, None, _first_line(error)))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=table, data=batch, suite=suite)
    )
    result = definition.run(
        batch_parameters={"dataframe": rows},
        # no sample of unexpected values: they may be personal data
        result_format={"result_format": "SUMMARY", "partial_unexpected_count": 0},
    )
    for each in result.results:
        index = int(each.expectation_config.meta["index"])
        findings[index] = _finding(expectations[index], each)
    return [finding for finding in findings if finding is not None], result


def _great_expectations() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports modules that Python deprecates
        import great_expectations  # noqa: PLC0415 - takes 4 s, so only when needed

    return great_expectations


def _no_progress_bars() -> Any:
    from great_expectations.data_context.types.base import (  # noqa: PLC0415
        ProgressBarsConfig,
    )

    return ProgressBarsConfig(globally=False)


def _built(gx: Any, expectation: Expectation, index: int) -> Any:
    name = _UPPER.sub(lambda found: found[1].upper(), expectation.expectation)
    built = getattr(gx.expectations, name)
    return built(
        **expectation.arguments,
        severity=expectation.severity,
        meta={"index": index, "because": expectation.because},
    )


def _finding(expectation: Expectation, each: Any) -> Finding:
    raised = _raised(each.exception_info)
    if raised:
        return Finding(expectation, ERRORED, None, raised)
    percent = (each.result or {}).get("unexpected_percent")
    share = None if percent is None else float(percent) / 100
    return Finding(expectation, MET if each.success else FAILED, share)


def _raised(info: Any) -> str:
    """Return the message of the exception, which may stand one level deeper."""
    entries = [info] if "raised_exception" in (info or {}) else (info or {}).values()
    for entry in entries:
        if entry.get("raised_exception"):
            return _first_line(entry.get("exception_message") or "unknown reason")
    return ""


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].removeprefix("Error: ")[:200]
