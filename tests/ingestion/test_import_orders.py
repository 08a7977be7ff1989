from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cdp.errors import Misconfigured, Rejected, Unavailable
from cdp.settings import Settings
from ingestion.batch_client import BATCH_BYTES, BatchClient, batches
from ingestion.import_orders import import_orders
from ingestion.load import load_source
from ingestion.order_file import OrderFile
from ingestion.order_mapping import OrderMapping, read_mapping
from orchestration.service import running_service

PROJECT = Path(__file__).parents[2]
REAL = (
    PROJECT.parent
    / "shared/data/online_retail/online_retail_II_2009-12_2010-12.parquet"
)
HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"
# Each row is a trap that the real file has.
LINES = (
    "489434,85048,15CM BALL,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom",
    "489434,79323P, PINK LIGHTS ,12,2009-12-01 07:46:00,6.75,13085.0,United Kingdom",
    "489435,22350,CAT BOWL,2,2009-12-01 07:50:00,2.55,,EIRE",
    # equal rows, bought twice; away from the other rows of their invoice
    "489434,79323P, PINK LIGHTS ,12,2009-12-01 07:46:00,6.75,13085.0,United Kingdom",
    # a cancellation, in summer time, with a lower-case code
    "C489449,15056bl,PARASOL,-3,2010-07-01 10:33:00,5.95,13085.0,France",
    "489500,POST,POSTAGE,1,2010-01-04 09:00:00,18.0,12346.0,Germany",
    "489500,D,Discount,-1,2010-01-04 09:00:00,2.5,12346.0,Germany",
    # broken stock: no price, no customer, no description
    "489521,21646,,-50,2009-12-01 11:44:00,0.0,,United Kingdom",
    # a cancellation that charges, and a bad debt
    "C496350,M,Manual,1,2010-02-01 08:24:00,373.57,,United Kingdom",
    "A506401,B,Adjust bad debt,1,2010-04-29 13:36:00,-53594.36,,United Kingdom",
    "494914,PADS,PADS,1,2010-01-19 17:04:00,0.001,16705.0,Unspecified",
)
AMOUNT = Decimal("-52972.639")


@pytest.fixture
def mapping() -> OrderMapping:
    return read_mapping("online_retail")


@pytest.fixture
def order_lines(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "lines.csv", *LINES)


def write_csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


@contextmanager
def running_collector(settings: Settings) -> Iterator[str]:
    with running_service(
        "ingestion.collector",
        ["--port", "0"],
        log_file=settings.data_dir / "collector.log",
        environment={
            "CDP_PROJECT_DIR": str(PROJECT),
            "CDP_DATA_DIR": str(settings.data_dir),
            "CDP_WEB_WRITE_KEY": "w",
            "CDP_MOBILE_WRITE_KEY": "m",
            "CDP_SERVER_WRITE_KEY": "s",
        },
    ) as port:
        yield f"http://127.0.0.1:{port}"


@dataclass
class Answers:
    """A collector that answers as it is told to, and remembers what it accepted."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    requests: list[list[dict[str, Any]]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def told_collector() -> Iterator[Answers]:
    told = Answers()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = told.answers.pop(0) if told.answers else (200, {})
            if status == 200:
                told.requests.append(json.loads(gzip.decompress(body))["batch"])
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "2"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


def send(
    settings: Settings, path: Path, mapping: OrderMapping, url: str, **options: Any
) -> Any:
    waits: list[float] = options.pop("waits", [])
    again = options.pop("again", False)
    with closing(BatchClient(url, "s", wait=waits.append, **options)) as client:
        return import_orders(settings, path, mapping, client, again=again)


def test_every_row_and_every_cent_lands_in_the_warehouse(
    settings: Settings,
    order_lines: Path,
    mapping: OrderMapping,
    rows: Callable[..., Any],
) -> None:
    with running_collector(settings) as url:
        result = send(settings, order_lines, mapping, url)
    load_source(settings, "events")
    assert rows("select count(*) from raw_events.quarantine") == [(0,)]
    assert landed_lines(rows) == [(len(LINES), AMOUNT)]
    assert (result.lines, result.amount) == (len(LINES), AMOUNT)
    assert (result.orders, result.refunds) == (7, 1)


def landed_lines(rows: Callable[..., Any]) -> Any:
    return rows(
        "with lines as (select event, unnest(cast(properties -> 'products' as json[]))"
        " as line from raw_events.events where type = 'track')"
        " select count(*), sum(case event when 'order_refunded' then -1 else 1 end"
        " * cast(line ->> 'quantity' as bigint)"
        " * cast(line ->> 'price' as decimal(18, 3))) from lines"
    )


def test_invoices_become_events_by_the_rule_book(
    settings: Settings,
    order_lines: Path,
    mapping: OrderMapping,
    told_collector: Answers,
) -> None:
    send(settings, order_lines, mapping, told_collector.url)
    [sent] = told_collector.requests
    events = {
        event["messageId"].removeprefix("online_retail:"): event for event in sent
    }
    order = events["489434"]
    assert order["userId"] == "13085"
    assert "anonymousId" not in order
    assert order["timestamp"] == "2009-12-01T07:45:00.000Z"
    assert [line["line_number"] for line in order["properties"]["products"]] == [
        1,
        2,
        3,
    ]
    assert order["properties"]["products"][1] == order["properties"]["products"][2] | {
        "line_number": 2
    }
    assert order["properties"]["products"][1]["name"] == "PINK LIGHTS"
    assert order["properties"]["total"] == 245.4
    assert (events["489435"]["anonymousId"], "userId" in events["489435"]) == (
        "489435",
        False,
    )
    refund = events["C489449"]
    assert (refund["event"], refund["timestamp"]) == (
        "order_refunded",
        "2010-07-01T09:33:00.000Z",
    )
    assert refund["properties"] == {
        "order_id": "C489449",
        "refund_id": "C489449",
        "total": 17.85,
        "currency": "GBP",
        "channel": "import",
        "products": [
            {
                "product_id": "15056BL",
                "sku": "15056bl",
                "name": "PARASOL",
                "price": 5.95,
                "quantity": 3,
                "line_number": 1,
                "line_type": "product",
            }
        ],
    }
    types = {
        event["properties"]["order_id"]: [
            line["line_type"] for line in event["properties"]["products"]
        ]
        for event in sent
        if event["type"] == "track"
    }
    assert types["489500"] == ["postage", "discount"]
    assert types["489521"] == ["stock_adjustment"]
    assert types["A506401"] == ["adjustment"]
    assert "name" not in events["489521"]["properties"]["products"][0]
    assert events["C496350"]["event"] == "order_completed"
    assert events["C496350"]["properties"]["total"] == 373.57
    assert events["A506401"]["properties"]["total"] == -53594.36
    assert events["494914"]["properties"]["total"] == 0.001


def test_a_customers_country_is_sent_once_and_again_when_it_changes(
    settings: Settings,
    order_lines: Path,
    mapping: OrderMapping,
    told_collector: Answers,
) -> None:
    send(settings, order_lines, mapping, told_collector.url)
    [sent] = told_collector.requests
    assert [
        (event["userId"], event["traits"]["country_code"])
        for event in sent
        if event["type"] == "identify"
    ] == [("13085", "GB"), ("13085", "FR"), ("12346", "DE")]


def test_a_second_import_sends_nothing_and_again_sends_the_same_ids(
    settings: Settings,
    order_lines: Path,
    mapping: OrderMapping,
    told_collector: Answers,
) -> None:
    first = send(settings, order_lines, mapping, told_collector.url)
    second = send(settings, order_lines, mapping, told_collector.url)
    assert (second.events_sent, second.events_before) == (0, first.events_sent)
    assert (second.lines, second.amount) == (first.lines, first.amount)
    send(settings, order_lines, mapping, told_collector.url, again=True)
    assert told_collector.requests[0] == told_collector.requests[1]


def test_an_import_that_was_stopped_goes_on_where_it_stopped(
    settings: Settings, tmp_path: Path, mapping: OrderMapping, told_collector: Answers
) -> None:
    path = write_csv(
        tmp_path / "many.csv",
        *(
            f"{number},{number % 90},X,1,2010-01-04 09:00:00,1.1,,France"
            for number in range(500_000, 500_250)
        ),
    )
    told_collector.answers = [(200, {}), (503, {}), (503, {})]
    with pytest.raises(Unavailable, match="it goes on from here"):
        send(settings, path, mapping, told_collector.url, attempts=2)
    result = send(settings, path, mapping, told_collector.url)
    assert (result.events_before, result.events_sent, result.lines) == (100, 150, 250)
    ids = [event["messageId"] for batch in told_collector.requests for event in batch]
    assert len(ids) == len(set(ids)) == 250


def test_a_busy_collector_is_asked_again_when_it_said(
    settings: Settings,
    order_lines: Path,
    mapping: OrderMapping,
    told_collector: Answers,
) -> None:
    past = {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}
    told_collector.answers = [(429, {"Retry-After": "7"}), (503, {}), (503, past)]
    waits: list[float] = []
    send(settings, order_lines, mapping, told_collector.url, waits=waits)
    assert waits == [7.0, 1.0, 0.0]
    assert len(told_collector.requests) == 1


def test_a_collector_that_is_not_there_is_named_with_what_to_do(
    settings: Settings, order_lines: Path, mapping: OrderMapping
) -> None:
    with pytest.raises(Unavailable, match="cdp collect"):
        send(settings, order_lines, mapping, "http://127.0.0.1:9", attempts=2)


@pytest.mark.parametrize(
    ("status", "error"), [(401, Misconfigured), (404, Misconfigured), (413, Rejected)]
)
def test_a_refusal_is_not_repeated(
    status: int,
    error: type[Exception],
    settings: Settings,
    order_lines: Path,
    mapping: OrderMapping,
    told_collector: Answers,
) -> None:
    told_collector.answers = [(status, {})]
    with pytest.raises(error, match=str(status)):
        send(settings, order_lines, mapping, told_collector.url)
    assert told_collector.requests == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (",85048,X,1,2010-01-04 09:00:00,1.0,,France", "no invoice number"),
        ("1,,X,1,2010-01-04 09:00:00,1.0,,France", "no product code"),
        ("1,85048,X,1.5,2010-01-04 09:00:00,1.0,,France", "no whole number"),
        ("1,85048,X,one,2010-01-04 09:00:00,1.0,,France", "no whole number"),
        ("1,85048,X,1,4 January,1.0,,France", "a time that cannot be read"),
        ("1,85048,X,1,2010-01-04 09:00:00,free,,France", "a price that is no number"),
        ("1,85048,X,1,2010-01-04 09:00:00,0.00001,,France", "at most 4 decimals"),
        ("489435,1,X,1,2010-01-04 09:00:00,1.0,17,EIRE", "several customers"),
    ],
)
def test_a_file_with_a_row_that_cannot_be_read_is_refused_before_anything_is_sent(
    line: str,
    fault: str,
    settings: Settings,
    tmp_path: Path,
    mapping: OrderMapping,
    told_collector: Answers,
) -> None:
    path = write_csv(tmp_path / "bad.csv", *LINES, line)
    with pytest.raises(Rejected, match=fault):
        send(settings, path, mapping, told_collector.url)
    assert told_collector.requests == []


def test_a_missing_column_names_the_mapping(
    tmp_path: Path, mapping: OrderMapping
) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Invoice,Quantity\n1,2\n")
    with pytest.raises(Misconfigured, match=r"Customer ID.*columns"):
        OrderFile(path, mapping)


def test_an_unknown_mapping_lists_those_there_are() -> None:
    with pytest.raises(Misconfigured, match="online_retail"):
        read_mapping("shopify")


def test_batches_hold_at_most_100_events_and_stay_below_the_limit() -> None:
    small = list(batches({"n": number} for number in range(250)))
    assert [len(batch) for batch in small] == [100, 100, 50]
    large = list(batches({"x": "x" * 200_000} for _ in range(5)))
    assert [len(batch) for batch in large] == [2, 2, 1]
    assert all(sum(map(len, batch)) <= BATCH_BYTES for batch in large)


def test_parquet_and_csv_give_the_same_lines(
    order_lines: Path, mapping: OrderMapping, tmp_path: Path
) -> None:
    parquet = tmp_path / "lines.parquet"
    duckdb.sql(
        'copy (select * replace (cast("Customer ID" as double) as "Customer ID")'  # noqa: S608
        f" from read_csv('{order_lines}')) to '{parquet}'"
    )
    assert list(OrderFile(order_lines, mapping).invoices()) == list(
        OrderFile(parquet, mapping).invoices()
    )


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="../shared/data is not here")
def test_a_real_shops_year_arrives_whole(
    settings: Settings, mapping: OrderMapping, rows: Callable[..., Any]
) -> None:
    totals = OrderFile(REAL, mapping).totals
    with running_collector(settings) as url:
        result = send(settings, REAL, mapping, url)
    assert (totals.lines, totals.invoices) == (525_461, 28_816)
    assert totals.amount == Decimal("9539484.634")
    assert (result.lines, result.amount) == (totals.lines, totals.amount)
    assert result.orders + result.refunds == totals.invoices
    load_source(settings, "events")
    assert rows("select count(*) from raw_events.quarantine") == [(0,)]
    assert landed_lines(rows) == [(totals.lines, totals.amount)]
