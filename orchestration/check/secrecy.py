"""Rules of secrets and of the environment. Nothing here ever repeats a value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdp.settings import REFERENCE
from orchestration.check.problem import Finding, Rule
from orchestration.check.shape import dotted
from orchestration.check.workspace import Workspace

# whose it is: what it looks like
_SHAPES = {
    "a key of Stripe": re.compile(r"\b[sr]k_(live|test)_\w{8,}|\bwhsec_\w{8,}"),
    "a token of Slack": re.compile(r"\bxox[abpr]-[\w-]{8,}"),
    "a webhook address of Slack": re.compile(r"hooks\.slack\.com/services/\w+/"),
    "a key of AWS": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of GitHub": re.compile(r"\bgh[pousr]_\w{20,}"),
    "a key of SendGrid": re.compile(r"\bSG\.[\w-]{16,}\."),
    "a token of Shopify": re.compile(r"\bshp(at|ss|ca|pa)_\w{16,}"),
    "a token of HubSpot": re.compile(r"\bpat-(na|eu)\d-[\w-]{16,}"),
    "a private key of Klaviyo": re.compile(r"\bpk_[0-9a-f]{30,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a key of this platform": re.compile(r"\bhw_[\w-]{40,}"),
    "an address with its password": re.compile(r"://[^/\s:@]+:(?!\$\{)[^/\s@]+@"),
}


def looks_secret(text: str) -> str:
    """Return what a text looks like, such as "a key of Stripe"; empty if harmless."""
    return next((what for what, shape in _SHAPES.items() if shape.search(text)), "")


def _plain_secrets(workspace: Workspace) -> Iterator[Finding]:
    declared = set()
    for visit in workspace.visits:
        if not visit.setting.is_secret or isinstance(visit.value, list | dict):
            continue
        declared.add(visit.path)
        written = str(visit.value or "")
        whole = REFERENCE.fullmatch(written)
        if written and (whole is None or whole[2] is not None):
            what = "has a default" if whole else "stands there in plain text"
            yield Finding(
                visit.path,
                f"{dotted(visit.path)} is a secret and {what}",
                "Write ${NAME}, export NAME, and replace the secret if this was shared",
                is_of_value=True,
            )
    for path, text in workspace.strings():
        found = looks_secret(text)
        if found and path not in declared:
            yield Finding(
                path,
                f"{dotted(path)} holds {found} in plain text",
                "Write ${NAME}, export NAME, and replace the secret if this was shared",
                is_of_value=True,
            )


def _malformed_references(workspace: Workspace) -> Iterator[Finding]:
    for path, text in workspace.strings():
        if "${" in REFERENCE.sub("", text):
            yield Finding(
                path,
                f"{dotted(path)} has a reference that is not understood",
                "Write ${NAME} or ${NAME:-default}; names are in capitals",
                is_of_value=True,
            )


def _missing_variables(workspace: Workspace) -> Iterator[Finding]:
    environment = workspace.settings.environment
    for path, text in workspace.strings():
        for name, default in dict(REFERENCE.findall(text)).items():
            has_default = bool(default) or f"${{{name}:-" in text
            if environment.get(name) or (has_default and name not in environment):
                continue
            state = "empty" if name in environment else "not set"
            yield Finding(
                path,
                f"{dotted(path)}: environment variable {name} is {state}",
                f"Export {name} before you start",
                is_of_value=True,
            )


RULES = (
    Rule("plain_secret", "error", "secrets stand only as ${NAME}", _plain_secrets),
    Rule(
        "malformed_reference",
        "error",
        "references are ${NAME} or ${NAME:-default}",
        _malformed_references,
    ),
    Rule(
        "missing_variable",
        "warning",
        "every variable that is named is set",
        _missing_variables,
        is_error_in_production=True,
    ),
)
