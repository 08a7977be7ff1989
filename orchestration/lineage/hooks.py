"""Tables that a model's pre-hook makes for it, and that dbt knows nothing of."""

from __future__ import annotations

import re

from orchestration.lineage.place import ROWS, Place, Step
from orchestration.lineage.project import Table

# {{ contract_links(ref('links'), 'condition', 'name') }}: macros/identity
_CONTRACT_LINKS = re.compile(
    r"contract_links\(\s*ref\(\s*['\"](?P<links>\w+)['\"]\s*\)\s*,"
    r"\s*(?P<condition>'[^']*'|\"[^\"]*\")\s*,\s*['\"](?P<name>\w+)['\"]"
)
_REF = re.compile(r"ref\(\s*['\"](\w+)['\"]\s*\)")
MARK = ":"
"""Between a model and the name of a table that only it knows."""


def steps_of_hook(model: Table, place: Place) -> list[Step]:
    """Return what a column of a hook's table is made of; empty where nobody can tell.

    Args:
        model: The model that has the hook.
        place: A column of the table.
    """
    hook = "\n".join(model.hooks)
    for found in _CONTRACT_LINKS.finditer(hook):
        if place.table.endswith(found["name"]):
            said = f"contract_links({found['links']}, {found['condition']})"
            return [
                Step(Place(found["links"], column), "value", (said,))
                for column in ("left_number", "right_number")
            ]
    said = "made by the pre-hook of " + model.name
    return [
        Step(Place(name, ROWS), "rows", (said,)) for name in _REF.findall(hook) if name
    ]
