"""Which company a data folder holds, so that a second run goes on with the same one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from cdp.errors import Misconfigured
from cdp.settings import Settings


@dataclass(frozen=True, slots=True)
class Company:
    """A simulated company: the same four values give the same company, byte for byte.

    Attributes:
        customers: How many people there are.
        days: How many days of their lives are simulated.
        seed: Which of the possible companies.
        end: The day after the last one, ISO date.
    """

    customers: int
    days: int
    seed: int
    end: str

    @property
    def fingerprint(self) -> str:
        """What steps that depend on the company alone are skipped by."""
        return json.dumps(asdict(self), sort_keys=True)


def keep_company(settings: Settings, wanted: Company) -> Company:
    """Return the company of this data folder, noting the wanted one in an empty folder.

    Raises:
        Misconfigured: The folder holds a company of another size or seed.
    """
    file = settings.data_dir / "sandbox" / "company.json"
    if file.is_file():
        kept = Company(**json.loads(file.read_text(encoding="utf-8")))
        asked = (wanted.customers, wanted.days, wanted.seed)
        if (kept.customers, kept.days, kept.seed) != asked:
            raise Misconfigured(
                f"this folder holds another company ({kept.customers} people over"
                f" {kept.days} days, seed {kept.seed})",
                place=str(settings.data_dir),
                fix="Ask for that one, use another CDP_DATA_DIR, or run `make clean`",
            )
        return kept
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(wanted.fingerprint + "\n", encoding="utf-8")
    return wanted
