from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cdp.cli import COMMANDS, group, main
from cdp.errors import Misconfigured
from cdp.serving import bind

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


# What is typed, and what is said.
MISTAKES = {
    "plan coverage --days 999999999": "not in the range",
    "quarantine list --since 99999999999d": "Rejected: '99999999999d' is no time",
    "quarantine list --since 0001-01-01T00:00+23:00": "is no time",
    "plan clients --language python --output /proc/none": "Misconfigured: /proc/none",
    "plan page --output /proc/none/plan.html": "Misconfigured: /proc/none",
    "collect --port 99999": "collector.port: '99999' is no port",
    "collect --partition ../elsewhere": "'../elsewhere' cannot be a partition",
    "collect --partition retry": "'retry' cannot be a partition",
}


@pytest.mark.parametrize("typed", MISTAKES)
def test_a_mistake_on_the_command_line_is_a_sentence(
    typed: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(sys, "argv", ["cdp", *typed.split()])
    monkeypatch.setenv("CDP_DATA_DIR", str(tmp_path))
    for name in ("WEB", "MOBILE", "SERVER"):
        monkeypatch.setenv(f"CDP_{name}_WRITE_KEY", name)
    with pytest.raises(SystemExit) as raised:
        main()
    assert raised.value.code in {1, 2}
    assert MISTAKES[typed] in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["", "web", "-1", "8080.5", "65536", "٣"])
def test_a_port_that_is_none_is_the_operators_turn(port: str) -> None:
    with pytest.raises(Misconfigured, match="is no port"):
        bind("127.0.0.1", port, place="headwater.yml: api", variable="CDP_API_PORT")
