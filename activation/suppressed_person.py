"""Everything that a person to be left alone is known by, so far as the warehouse says.

Whoever asks by e-mail also comes as a device that never said who it is. What is certain
counts; a probable link suppresses nobody.
"""

from __future__ import annotations

import duckdb

from activation.suppression import KINDS
from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_snapshot

_FELLOWS = """
    select distinct
        fellows.identifier_type,
        fellows.identifier_value
    from marts.customer_identifiers as asked
    inner join marts.customer_identifiers as fellows
        on asked.customer_id = fellows.customer_id
    where
        asked.identifier_type = ?
        and lower(asked.identifier_value) = lower(trim(?))
        and list_contains(?, fellows.identifier_type)
        and not asked.is_probable
        and not fellows.is_probable
    order by all
"""


def known_identifiers(
    settings: Settings, kind: str, value: str
) -> list[tuple[str, str]]:
    """Return kind and value of a person's identifiers, the given one first.

    Only that one where nothing has been published, or the person is not known.

    Args:
        settings: The workspace.
        kind: user_id, anonymous_id, email or phone.
        value: The identifier.
    """
    try:
        with open_snapshot(settings) as connection:
            found = connection.execute(_FELLOWS, [kind, value, list(KINDS)]).fetchall()
    except (Misconfigured, duckdb.CatalogException):  # a stage without identities
        found = []
    others = [(str(of), str(one)) for of, one in found]
    return list(dict.fromkeys([(kind, value), *others]))
