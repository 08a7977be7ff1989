"""What the demo ends with: the guide's questions, and how near we came to the truth."""

from __future__ import annotations

from pathlib import Path

from cdp.errors import CdpError
from cdp.settings import Settings
from orchestration.display import Display
from orchestration.online_answers import online_api
from orchestration.questions import ask_all
from sandbox.evaluation import churn_limit, identity_scores


def summarise(settings: Settings, display: Display, logs: Path) -> None:
    """Print the answers and the comparison with the sandbox's truth.

    Args:
        settings: The workspace, built and published.
        display: Where they are printed.
        logs: Folder for what the online API prints.
    """
    with online_api(settings, logs) as recommend:
        ask_all(settings, display, recommend)
    display.say("\nAgainst the truth that only the sandbox knows")
    identity = identity_scores(settings)
    display.say(
        f"  identity: pairwise precision {identity.precision:.4f}, recall"
        f" {identity.recall:.4f}, F1 {identity.f1:.4f} on {identity.pairs:,} true pairs"
    )
    display.say(f"  churn: {_churn(settings)}")


def _churn(settings: Settings) -> str:
    try:
        limit = churn_limit(settings)
    except CdpError as error:
        return str(error)
    ours = ", ".join(f"{name} {auc:.3f}" for name, auc in sorted(limit.aucs.items()))
    return (
        f"AUC on {limit.row_count:,} held-out rows ({limit.churned_count:,} churned):"
        f" {ours}; the true hazard itself reaches {limit.best_auc:.3f}"
    )
