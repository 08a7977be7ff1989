from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cdp.cli import COMMANDS, group, main
from cdp.errors import Misconfigured

PROJECT = Path(__file__).parents[2]


def test_help_lists_every_command_and_imports_no_room() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from cdp.cli import group;"
        "print(CliRunner().invoke(group, ['--help']).output);"
        "rooms = {'ingestion', 'ml', 'activation', 'orchestration', 'sandbox'};"
        "sys.exit(len(rooms & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"  {name} " in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(group, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert len(result.output.splitlines()) > 4


def test_an_unknown_command_is_a_sentence() -> None:
    result = CliRunner().invoke(group, ["colect"])
    assert result.exit_code == 2
    assert "colect" in result.output


def test_an_expected_failure_is_one_sentence_and_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command(name="fails")
    def fails() -> None:
        raise Misconfigured("the key is empty", place="headwater.yml", fix="Set it")

    monkeypatch.setattr(sys, "argv", ["cdp"])
    with pytest.raises(SystemExit) as raised:
        main(fails)
    assert raised.value.code == 1
    said = capsys.readouterr().err
    assert said == "Misconfigured: headwater.yml: the key is empty. Set it\n"
