from __future__ import annotations

from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from cdp.api_keys import load_keys
from cdp.errors import Rejected
from cdp.settings import load_settings
from orchestration.api.keys_command import added_lines, command


def test_the_printed_lines_make_a_key_that_works(project: Any) -> None:
    options = ["new", "bi_tool", "--scope", "plan:read", "--scope", "workspace:read"]
    printed = CliRunner().invoke(command, options).output.splitlines()
    variable, _, key = printed[1].removeprefix("export ").partition("=")
    file = project / "headwater.yml"
    before = file.read_text()
    file.write_text("\n".join([before.rstrip(), *printed[4:]]) + "\n")
    assert "bi_tool" in yaml.safe_load(file.read_text())["keys"]
    settings = load_settings({"CDP_PROJECT_DIR": str(project), variable: key})
    caller = load_keys(settings, {"plan:read"}).caller(f"Bearer {key}".encode())
    assert caller is not None
    assert (caller.name, caller.scopes) == ("bi_tool", {"plan:read", "workspace:read"})
    assert key not in file.read_text()


def test_a_scope_that_does_not_exist_is_refused() -> None:
    answer = CliRunner().invoke(command, ["new", "bi", "--scope", "everything"])
    assert answer.exit_code == 2
    assert "plan:read" in answer.output


@pytest.mark.parametrize("name", ["BI", "bi-tool", "1st", "", "a: b"])
def test_a_name_that_is_no_key_of_yaml_and_no_variable_is_refused(name: str) -> None:
    with pytest.raises(Rejected, match="cannot be the name"):
        added_lines(name, ["plan:read"], "hw_x")
