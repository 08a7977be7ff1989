from __future__ import annotations

from pathlib import Path

import pytest

from cdp.api_keys import key_with, load_keys, new_key
from cdp.errors import Misconfigured
from cdp.settings import Settings, load_settings

FILE = """
keys:
  site: {key: "${SITE}", scopes: [profiles:read]}
  team: {key: "${TEAM}", scopes: [plan:read, workspace:read]}
"""
KEYS = {"SITE": "site-key", "TEAM": "team-key"}


def workspace(folder: Path, keys: dict[str, str], text: str = FILE) -> Settings:
    (folder / "headwater.yml").write_text(text)
    return load_settings({"CDP_PROJECT_DIR": str(folder)} | keys)


HEADERS = [
    (b"Bearer site-key", "site"),
    (b"bearer team-key", "team"),
    (b"Bearer  team-key ", "team"),
    (b"Bearer team-kez", None),
    (b"Bearer team-ke", None),
    (b"Bearer ", None),
    (b"team-key", None),
    (b"Basic team-key", None),
    (b"", None),
    ("Bearer ké".encode("latin-1"), None),
]


def test_a_header_lets_in_whoever_has_that_key_and_nobody_else(tmp_path: Path) -> None:
    keys = load_keys(workspace(tmp_path, KEYS), {"plan:read"})
    for header, name in HEADERS:
        caller = keys.caller(header)
        assert (caller and caller.name) == name, header
    site = keys.caller(b"Bearer site-key")
    assert site is not None
    assert site.scopes == {"profiles:read"}


def test_a_key_that_is_not_set_here_opens_nothing_here(tmp_path: Path) -> None:
    settings = workspace(tmp_path, {"SITE": "site-key", "TEAM": ""})
    keys = load_keys(settings, {"profiles:read"})
    assert len(keys) == 1
    assert keys.caller(b"Bearer ") is None


REFUSED = [
    ({"TEAM": "t"}, FILE, "no key with the scope profiles:read is set", "Export SITE"),
    (KEYS, "stage: ml", "no key has the scope profiles:read", "cdp keys new"),
    (KEYS | {"TEAM": "site-key"}, FILE, "also the one of site", "cdp keys new team"),
    (KEYS, FILE.replace("plan:", "plans:"), "a key has scopes", "plan:read"),
    (KEYS, FILE.replace("[profiles:read]", "all"), "a key has scopes", "plan:read"),
]


@pytest.mark.parametrize(("keys", "text", "said", "fix"), REFUSED)
def test_keys_that_cannot_be_are_refused_without_being_quoted(
    tmp_path: Path, keys: dict[str, str], text: str, said: str, fix: str
) -> None:
    with pytest.raises(Misconfigured, match=said) as raised:
        load_keys(workspace(tmp_path, keys, text), {"profiles:read"})
    assert fix in raised.value.fix
    assert "site-key" not in str(raised.value)


def test_keys_are_not_shown_when_the_ring_is_printed(tmp_path: Path) -> None:
    assert "site-key" not in repr(load_keys(workspace(tmp_path, KEYS), {"plan:read"}))


def test_new_keys_are_long_and_never_the_same() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {46}
    assert all(key.startswith("hw_") for key in keys)


def test_a_server_of_the_workspace_is_asked_with_a_key_that_is_set_here(
    tmp_path: Path,
) -> None:
    settings = workspace(tmp_path, {"TEAM": "team-key"})
    assert key_with(settings, "plan:read") == "team-key"
    with pytest.raises(Misconfigured, match="profiles:read is set"):
        key_with(settings, "profiles:read")
