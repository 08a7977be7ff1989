"""dlt's paginators, made of what ``headwater.yml`` says, or of what is certain.

dlt can find out from an answer how a list goes on. Where the answer has a link to the
next page that is certain; where it only has a number that may be a count of pages, or a
word that may be a cursor, dlt guesses the rest, and a wrong guess reads a part of the
list as if it were all of it. So a guess ends the load and asks for a declaration.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from dlt.sources.helpers.rest_client.detector import PaginatorFactory
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from dlt.sources.rest_api.config_setup import PAGINATOR_MAP, create_paginator
from requests import Response

from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE
from cdp.workspace_file import KeyPath
from ingestion.sources.answers import path_of
from ingestion.sources.declared_shape import Problem, near
from ingestion.sources.rest_api_kind import PAGINATORS

DECLARE = f"Declare its paginator in {WORKSPACE_FILE} (docs/sources/rest-api.md)"
_NUMBERS = ("limit", "offset", "maximum_offset", "base_page", "page", "maximum_page")


class CertainPaginators(PaginatorFactory):
    """dlt's detection of paginators, without its guesses."""

    def create_paginator(self, response: Response) -> tuple[BasePaginator, float]:
        """Return the paginator of an answer that is the first of its list.

        Raises:
            Misconfigured: There are more pages and dlt can only guess where.
        """
        paginator, score = super().create_paginator(response)
        if 0 < score < 1:
            name = next(
                name for name, each in PAGINATOR_MAP.items() if each is type(paginator)
            )
            raise Misconfigured(
                f"there may be more pages, perhaps by {name}, and no link to them",
                place=path_of(response),
                fix=DECLARE,
            )
        return paginator, score


def paginator_of(declared: Any) -> BasePaginator | None:
    """Return a fresh paginator of a declaration that has no problem; None detects."""
    if isinstance(declared, BasePaginator):  # dlt's, for a path to one record
        return declared
    return create_paginator(_config(declared)) if declared else None  # type: ignore[arg-type] # dlt's TypedDicts


def paginator_problems(declared: Any, path: KeyPath) -> Iterator[Problem]:
    """Yield why dlt could not make a paginator of a declaration."""
    if not declared:
        return
    config = declared if isinstance(declared, Mapping) else {"type": declared}
    kind = str(config["type"])
    if kind not in PAGINATORS:
        yield Problem(path, "there is no such paginator", near(kind, PAGINATORS))
        return
    made: Any = PAGINATOR_MAP[kind]
    takes = inspect.signature(made).parameters if made else {}
    found = []
    for name in config:
        if name not in {"type", *takes}:
            message = f"this is nothing of {kind}"
            found.append(Problem((*path, name), message, near(name, takes)))
    for name, parameter in takes.items():
        if parameter.default is parameter.empty and name not in config:
            message = f"{name} is missing for {kind}"
            found.append(Problem(path, message, f"Add {name}: …"))
    yield from found or _unmade(config, path)


def _unmade(config: Mapping[str, Any], path: KeyPath) -> Iterator[Problem]:
    try:
        paginator_of(config)
    except ValueError as error:
        yield Problem(path, words(error), "Put its settings right")
    except Exception:  # noqa: BLE001 - its parser of paths raises what it likes
        yield Problem(path, "a path of it is none", "Write it as meta.next")


def words(error: Exception) -> str:
    """Return dlt's words about a declaration as a part of a sentence."""
    return " ".join(str(error).replace("`", "'").split())[:200].rstrip(".")


def _config(declared: Any) -> dict[str, Any]:
    """Return a paginator as dlt takes it.

    dlt looks for a ``total`` where nobody named one, and fails where there is none;
    here a list without one ends with its first empty page.
    """
    is_name = not isinstance(declared, Mapping)
    config: dict[str, Any] = {"type": declared} if is_name else dict(declared)
    for name in _NUMBERS:  # a reference to the environment is text
        if name in config:
            config[name] = _whole(name, config[name])
    if "stop_after_empty_page" in config:
        is_true = str(config["stop_after_empty_page"]).lower() == "true"
        config["stop_after_empty_page"] = is_true
    if config["type"] in {"offset", "page_number"}:
        config.setdefault("total_path", None)
    return config


def _whole(name: str, value: object) -> int:
    if not str(value).isdecimal():
        message = f"{name} is no whole number"
        raise ValueError(message)
    return int(str(value))
