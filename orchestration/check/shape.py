"""Rules of the file by itself: known keys, required ones, types and choices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cdp.workspace_file import KeyPath
from cdp.workspace_schema import Setting
from orchestration.check.problem import Finding, Rule, fix_for
from orchestration.check.workspace import Visit, Workspace

_WORDS = {
    "string": "text",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list",
    "object": "names and values",
}
_MOST_CHARACTERS = 40
_Checked = Callable[[Any], bool]


def dotted(path: KeyPath) -> str:
    """Return a path as people write it, such as ``connections.ads.sources[0]``."""
    text = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)
    return text.removeprefix(".")


def _repeated_keys(workspace: Workspace) -> Iterator[Finding]:
    for path, place in workspace.located.repeated:
        yield Finding(
            path,
            f"{dotted(path)} stands there twice; only the last one counts",
            "Remove one of them",
            place=place,
        )


def _unknown_keys(workspace: Workspace) -> Iterator[Finding]:
    for visit in workspace.visits:
        if not visit.keys or not isinstance(visit.value, Mapping):
            continue
        known = [key.name for key in visit.keys]
        for name in map(str, visit.value):
            if name not in known:
                path = (*visit.path, name)
                left = [one for one in known if one not in visit.value]
                yield Finding(path, f"{dotted(path)} is not known", fix_for(name, left))


def _missing_settings(workspace: Workspace) -> Iterator[Finding]:
    for visit in workspace.visits:
        value = visit.value
        if not isinstance(value, Mapping):
            continue
        for key in visit.keys:
            if key.must_be_given and value.get(key.name) in (None, "", []):
                example = f"${{{_variable(visit, key.name)}}}" if key.is_secret else "…"
                yield Finding(
                    visit.path,
                    f"{dotted((*visit.path, key.name))} is missing:"
                    f" {_lower_first(key.description)}",
                    f"Add {key.name}: {example}",
                )


def _variable(visit: Visit, key: str) -> str:
    name = "_".join((str(visit.path[-1]) if visit.path else "cdp", key))
    return "".join(one if one.isalnum() else "_" for one in name).upper()


def _lower_first(sentence: str) -> str:
    second_is_lower = len(sentence) > 1 and not sentence[1].isupper()
    text = sentence.rstrip(".")
    return text[0].lower() + text[1:] if second_is_lower else text


def _wrong_types(workspace: Workspace) -> Iterator[Finding]:
    for visit in workspace.visits:
        value = workspace.resolved(visit.value)
        if value is None:
            continue
        kinds = (visit.setting.kind, *visit.setting.or_kinds)
        if not any(_CHECKS[kind](value) for kind in kinds):
            words = " or ".join(_WORDS[kind] for kind in kinds)
            place = dotted(visit.path) or "the file"
            yield Finding(
                visit.path,
                f"{place} is {_found(value)}, not {words}",
                f"Write {words}",
                is_of_value=True,
            )


def _found(value: Any) -> str:
    found = next(
        (kind for kind in ("boolean", "list", "object") if _CHECKS[kind](value)), ""
    )
    return _WORDS.get(found, "a number" if _is_number(value) else "text")


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, int | float) and not isinstance(value, bool)


_CHECKS: dict[str, _Checked] = {
    "string": lambda value: not isinstance(value, bool | list | Mapping),
    "number": _is_number,
    "boolean": lambda value: value in (True, False, "true", "false"),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, Mapping),
}


def _out_of_range(workspace: Workspace) -> Iterator[Finding]:
    for visit in workspace.visits:
        setting, value = visit.setting, workspace.resolved(visit.value)
        if setting.kind != "number" or not _is_number(value):
            continue
        least = float("-inf") if setting.least is None else setting.least
        most = float("inf") if setting.most is None else setting.most
        is_whole = str(value).removeprefix("-").isdecimal()
        if not least <= float(value) <= most or (setting.is_whole and not is_whole):
            yield Finding(
                visit.path,
                f"{dotted(visit.path)}: {_quoted(visit.value)} is out of its range",
                f"Write {_range(setting)}",
                is_of_value=True,
            )


def _range(setting: Setting) -> str:
    words = "a whole number" if setting.is_whole else "a number"
    if setting.least is not None and setting.most is not None:
        return f"{words} from {setting.least:g} to {setting.most:g}"
    return f"{words} of at least {setting.least:g}" if setting.least else words


def _unknown_choices(workspace: Workspace) -> Iterator[Finding]:
    for visit in workspace.visits:
        value = workspace.resolved(visit.value)
        choices = visit.setting.choices
        is_one = value is not None and not isinstance(value, list | Mapping)
        if choices and is_one and value not in choices:
            # as written: what the environment holds is nobody's business
            shown = "the value" if visit.setting.is_secret else _quoted(visit.value)
            yield Finding(
                visit.path,
                f"{dotted(visit.path)}: {shown} is not one of its values",
                fix_for(str(value), choices),
                is_of_value=True,
            )


def _other_forms(workspace: Workspace) -> Iterator[Finding]:
    for visit in workspace.visits:
        form, value = visit.setting.form, workspace.resolved(visit.value)
        is_text = _CHECKS["string"](value) and value not in (None, "")
        if form is not None and is_text and not form.fits(str(value)):
            # as written: what the environment holds is nobody's business
            shown = "the value" if visit.setting.is_secret else _quoted(visit.value)
            yield Finding(
                visit.path,
                f"{dotted(visit.path)}: {shown} is no {form.name}",
                f"Write {form.example}",
                is_of_value=True,
            )


def _quoted(value: Any) -> str:
    return repr(str(value)[:_MOST_CHARACTERS])


def _unknown_kinds(workspace: Workspace) -> Iterator[Finding]:
    for visit in workspace.visits:
        if not visit.setting.kinds or not isinstance(visit.value, Mapping):
            continue
        known = [kind.name for kind in visit.setting.kinds]
        kind, path = visit.value.get("kind"), (*visit.path, "kind")
        if kind is None:
            message = f"{dotted(path)} is missing"
            yield Finding(visit.path, message, fix_for(str(visit.path[-1]), known))
        elif kind not in known:
            message = f"{dotted(path)}: there is no kind {_quoted(kind)}"
            fix = fix_for(str(kind), known)
            yield Finding(path, message, fix, is_of_value=True)


RULES = (
    Rule("repeated_key", "error", "a key stands once", _repeated_keys),
    Rule("unknown_key", "error", "only known keys are used", _unknown_keys),
    Rule("missing_setting", "error", "what is required is there", _missing_settings),
    Rule("wrong_type", "error", "values have their type", _wrong_types),
    Rule("out_of_range", "error", "numbers are in their range", _out_of_range),
    Rule("unknown_choice", "error", "values are among the choices", _unknown_choices),
    Rule(
        "other_form",
        "error",
        "addresses, days and spans of time are written as such",
        _other_forms,
    ),
    Rule(
        "unknown_kind",
        "error",
        "sources and destinations have a known kind",
        _unknown_kinds,
    ),
)
