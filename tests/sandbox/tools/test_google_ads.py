import httpx
import pytest

CUSTOMER = "customers/1234567890"
CALL = f"/google_ads/v26/{CUSTOMER}"
HASH = "a" * 64


@pytest.fixture
def ads(client, known) -> httpx.Client:
    grant = {
        "grant_type": "refresh_token",
        "client_id": known["GOOGLE_ADS_CLIENT_ID"],
        "client_secret": known["GOOGLE_ADS_CLIENT_SECRET"],
        "refresh_token": known["GOOGLE_ADS_REFRESH_TOKEN"],
    }
    token = client.post("/google_ads/token", data=grant).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    client.headers["developer-token"] = known["GOOGLE_ADS_DEVELOPER_TOKEN"]
    return client


def conversion(order_id: str = "o1", **fields) -> dict:
    usual = {
        "conversionAction": f"{CUSTOMER}/conversionActions/5001",
        "conversionDateTime": "2026-10-01 10:00:01+00:00",
        "orderId": order_id,
        "gclid": "g1",
    }
    return usual | fields


def upload(ads, *conversions) -> httpx.Response:
    content = {"conversions": list(conversions), "partialFailure": True}
    return ads.post(f"{CALL}:uploadClickConversions", json=content)


def adjust(ads, kind: str, order_id: str = "o1", **fields) -> httpx.Response:
    one = {
        "conversionAction": f"{CUSTOMER}/conversionActions/5001",
        "adjustmentType": kind,
        "orderId": order_id,
        **fields,
    }
    content = {"conversionAdjustments": [one], "partialFailure": True}
    return ads.post(f"{CALL}:uploadConversionAdjustments", json=content)


def faults(answer: httpx.Response) -> list[tuple[int, str]]:
    found = answer.json().get("partialFailureError", {"details": []})["details"]
    return [
        (
            one["location"]["fieldPathElements"][0]["index"],
            one["errorCode"]["conversionUploadError"],
        )
        for detail in found
        for one in detail["errors"]
    ]


def test_an_order_is_taken_once(ads, stand):
    assert faults(upload(ads, conversion(), conversion("o2"))) == []
    assert faults(upload(ads, conversion(), conversion("o3"))) == [
        (0, "ORDER_ID_ALREADY_IN_USE")
    ]
    assert faults(upload(ads, conversion("o4"), conversion("o4"))) == [
        (1, "DUPLICATE_ORDER_ID")
    ]
    assert ads.get("/_control/orders").json()["google_ads"] == ["o1", "o2", "o3", "o4"]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (conversion(conversionAction="x"), "INVALID_CONVERSION_ACTION"),
        (conversion(conversionDateTime="2026-10-01T10:00"), "INVALID_DATE_TIME"),
        (conversion(gclid=""), "UNSET_REQUIRED_FIELD"),
        (conversion(gbraid="a", wbraid="b"), "GBRAID_WBRAID_BOTH_SET"),
        (conversion(userIdentifiers=[{"hashedEmail": "a@b"}]), "INVALID_SHA256_FORMAT"),
        (
            conversion(userIdentifiers=[{"addressInfo": {}}]),
            "UNSUPPORTED_USER_IDENTIFIER",
        ),
        (
            conversion(userIdentifiers=[{"hashedEmail": HASH}] * 6),
            "TOO_MANY_USER_IDENTIFIERS",
        ),
    ],
)
def test_a_bad_conversion_is_named_and_the_others_are_taken(ads, stand, bad, code):
    assert faults(upload(ads, conversion("o1"), bad | {"orderId": "o2"})) == [(1, code)]
    assert stand.store.count("google_ads", "conversions") == 1


def test_only_a_known_order_is_adjusted_and_taken_back_once(ads):
    assert faults(adjust(ads, "RETRACTION")) == [(0, "CONVERSION_NOT_FOUND")]
    upload(ads, conversion())
    assert faults(adjust(ads, "RETRACTION")) == []
    assert faults(adjust(ads, "RETRACTION")) == [(0, "CONVERSION_ALREADY_RETRACTED")]
    assert faults(adjust(ads, "RESTATEMENT")) == [(0, "INVALID_RESTATEMENT")]
    assert faults(adjust(ads, "OTHER")) == [(0, "MISSING_ORDER_ID_FOR_ADJUSTMENT")]


def test_strangers_and_unlimited_batches_are_refused(ads):
    assert upload(ads, *[conversion()] * 2001).status_code == 400
    whole = {"conversions": [conversion()]}
    assert ads.post(f"{CALL}:uploadClickConversions", json=whole).status_code == 400
    assert ads.post(f"{CALL}:somethingElse", json={}).status_code == 404
    ads.headers["developer-token"] = "wrong"
    assert upload(ads, conversion()).status_code == 403
    ads.headers["Authorization"] = "Bearer wrong"
    assert upload(ads, conversion()).status_code == 401
    assert ads.post("/google_ads/token", data={}).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("is_final", "code"), [(True, "EXPIRED_EVENT"), (False, "INTERNAL_ERROR")]
)
def test_some_records_can_be_refused_for_a_while(ads, is_final, code):
    fault = {"tool": "google_ads", "kind": "reject_records", "one_in": 3}
    ads.post("/_control/faults", json={**fault, "is_final": is_final})
    orders = [conversion(f"o{number}") for number in range(30)]

    refused = faults(upload(ads, *orders))

    assert 0 < len(refused) < 30
    assert {found for _, found in refused} == {code}
    again = [orders[place] for place, _ in refused]
    assert faults(upload(ads, *again)) == []


def test_a_list_takes_hashed_people_through_a_job(ads, stand):
    metadata = {"userList": f"{CUSTOMER}/userLists/9001"}
    job = {"job": {"customerMatchUserListMetadata": metadata}}
    opened = ads.post(f"{CALL}/offlineUserDataJobs:create", json=job).json()
    people = [
        {"create": {"userIdentifiers": [{"hashedEmail": one}]}} for one in (HASH, "x")
    ]
    path = f"/google_ads/v26/{opened['resourceName']}"

    answer = ads.post(f"{path}:addOperations", json={"operations": people})

    assert faults(answer) == [(1, "INVALID_SHA256_FORMAT")]
    assert ads.post(f"{path}:run").status_code == 200
    assert stand.store.count("google_ads", "members") == 1
    assert ads.post(f"{CALL}/offlineUserDataJobs/99:run").status_code == 404


def search(ads, query: str, **more) -> httpx.Response:
    return ads.post(f"{CALL}/googleAds:search", json={"query": query, **more})


def put_days(stand, *days: str) -> None:
    documents = [
        (f"7|{day}", {"segments": {"date": day}, "metrics": {"clicks": "3"}})
        for day in days
    ]
    stand.store.put_many("google_ads", "ad_days", documents)


REPORT = (
    "SELECT segments.date, metrics.clicks, campaign.name FROM ad_group_ad"
    " WHERE segments.date BETWEEN '2026-03-01' AND '2026-03-02'"
)


def test_a_report_has_the_days_and_fields_that_were_asked_for(ads, stand):
    put_days(stand, "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03")
    stand.traffic.largest_page = 1
    first = search(ads, REPORT).json()
    assert first["results"] == [
        {"segments": {"date": "2026-03-01"}, "metrics": {"clicks": "3"}}
    ]
    second = search(ads, REPORT, pageToken=first["nextPageToken"]).json()
    assert second["results"][0]["segments"] == {"date": "2026-03-02"}
    assert "nextPageToken" not in second


@pytest.mark.parametrize(
    ("query", "more"),
    [
        ("SELECT campaign.id FROM campaign", {}),
        (REPORT.replace("metrics.clicks", "metrics.taps"), {}),
        (REPORT, {"pageToken": "none of ours"}),
        (REPORT, {"pageSize": 100}),
    ],
    ids=["another resource", "no such field", "no such page", "page size"],
)
def test_a_report_that_google_does_not_know_is_refused(ads, query, more):
    assert search(ads, query, **more).status_code == 400
