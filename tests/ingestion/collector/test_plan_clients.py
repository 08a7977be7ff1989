"""Clients that `cdp plan clients` writes: checked, compiled, and used."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rudderstack.analytics.client import Client as RudderStack
from segment.analytics.client import Client as Segment

from cdp.plan_clients import CLIENTS, client_of
from cdp.plan_files import documents_now
from tests.ingestion.collector.conftest import KEYS, PROJECT, RunningCollector

DOCUMENTS = documents_now(PROJECT / "tracking_plan")
ESBUILD = Path(__file__).parent / "sdks" / "node_modules" / ".bin" / "esbuild"
COMPILER = Path(__file__).parent / "sdks" / "node_modules" / ".bin" / "tsc"
USE = """
from segment.analytics.client import Client
from tracking import order_completed, signed_in

client = Client("key")
order_completed(
    client, {"user_id": "u1"}, order_id="o1", total=3.5, currency="USD",
    products=[{"product_id": "p1", "price": 3.5, "quantity": 1}],
)
"""


def written(folder: Path, language: str) -> Path:
    name, text = client_of(language, DOCUMENTS)
    (folder / name).write_text(text)
    return folder / name


def imported(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location("written_tracking", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("language", CLIENTS)
def test_the_same_plan_gives_the_same_text(language: str) -> None:
    turned = dict(reversed(DOCUMENTS.items()))
    assert client_of(language, turned) == client_of(language, DOCUMENTS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("", ""), ""),
        (("total=3.5", 'total="3.5"'), '"total"'),
        (('"price": 3.5, ', ""), 'Missing key "price"'),
        (('currency="USD",', ""), '"currency"'),
    ],
)
def test_a_type_checker_finds_what_does_not_fit(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    written(tmp_path, "python")
    (tmp_path / "use.py").write_text(USE.replace(*change) if change[0] else USE)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports"),
            *("--cache-dir", str(tmp_path / "cache"), "tracking.py", "use.py"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line for line in done.stdout.splitlines() if "untyped" not in line]
    errors = [line for line in found if ": error:" in line]
    assert bool(errors) == bool(complaint), done.stdout
    assert complaint in done.stdout


@pytest.mark.parametrize("sdk", [Segment, RudderStack], ids=["segment", "rudderstack"])
def test_the_python_client_sends_what_the_plan_takes(
    tmp_path: Path, collector: RunningCollector, sdk: Any
) -> None:
    tracking = imported(written(tmp_path, "python"))
    client = sdk(KEYS["web"], host=collector.url, sync_mode=True)
    tracking.order_completed(
        client,
        {"user_id": "u1"},
        order_id="o1",
        total=3.5,
        currency="USD",
        products=[{"product_id": "p1", "price": 3.5, "quantity": 1}],
    )
    tracking.signed_in(client, {"anonymous_id": "d1"})
    collector.end()
    order, login = collector.lines("accepted")
    assert order["event"] == "order_completed"
    assert set(order["properties"]) == {"order_id", "total", "currency", "products"}
    assert (login["event"], login["anonymousId"]) == ("signed_in", "d1")
    assert collector.lines("quarantine") == []


CALL = """
const sent = [];
const analytics = {track: (event, properties) => sent.push([event, properties])};
tracking.signedIn(analytics);
tracking.productViewed(analytics, {product_id: "p1"});
console.log(JSON.stringify(sent));
"""


def test_the_typescript_client_runs(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not ESBUILD.exists():
        pytest.skip("node or esbuild is not installed")
    file = written(tmp_path, "typescript")
    script = tmp_path / "tracking.js"
    flags = ["--bundle", "--format=iife", "--global-name=tracking"]
    subprocess.run([ESBUILD, file, *flags, f"--outfile={script}"], check=True)
    script.write_text(script.read_text() + CALL)
    done = subprocess.run([node, script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [
        ["signed_in", {}],
        ["product_viewed", {"product_id": "p1"}],
    ]


def test_a_typescript_compiler_takes_the_client(tmp_path: Path) -> None:
    if not COMPILER.exists():
        pytest.skip("the JavaScript packages of the tests are not installed")
    file = written(tmp_path, "typescript")
    wrong = tmp_path / "wrong.ts"
    wrong.write_text(
        'import * as tracking from "./' + file.stem + '";\n'
        "declare const analytics: Parameters<typeof tracking.signedIn>[0];\n"
        "tracking.productViewed(analytics, {product_id: 7});\n"
    )
    compile_ = [
        COMPILER,
        "--strict",
        "--noEmit",
        "--skipLibCheck",
        "--target",
        "es2020",
    ]
    subprocess.run([*compile_, file], check=True)
    refused = subprocess.run(
        [*compile_, wrong], check=False, capture_output=True, text=True
    )
    assert refused.returncode != 0
    assert "wrong.ts(3" in refused.stdout
    assert "product_id" in refused.stdout or "'string'" in refused.stdout
