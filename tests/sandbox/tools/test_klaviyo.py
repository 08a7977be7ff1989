import httpx
import pytest

JOBS = "/klaviyo/api/profile-bulk-import-jobs"
LIST_ID = "NewsL1"


@pytest.fixture
def email(client, known) -> httpx.Client:
    headers = {
        "Authorization": f"Klaviyo-API-Key {known['KLAVIYO_API_KEY']}",
        "revision": "2026-07-15",
        "accept": "application/vnd.api+json",
    }
    client.headers.update(headers)
    return client


def job(*attributes: dict, list_id: str = LIST_ID) -> dict:
    profiles = [{"type": "profile", "attributes": one} for one in attributes]
    return {
        "data": {
            "type": "profile-bulk-import-job",
            "attributes": {"profiles": {"data": profiles}},
            "relationships": {"lists": {"data": [{"type": "list", "id": list_id}]}},
        }
    }


def start(email, body) -> httpx.Response:
    headers = {"content-type": "application/vnd.api+json"}
    return email.post(JOBS, json=body, headers=headers)


def finish(email, answer) -> dict:
    path = f"{JOBS}/{answer.json()['data']['id']}"
    while True:
        shown = email.get(path).json()["data"]["attributes"]
        if shown["status"] == "complete":
            return shown


def event(number: int) -> tuple[str, dict]:
    moment = f"2026-01-01T00:00:{number:02d}+00:00"
    related = {"metric": {"data": {"type": "metric", "id": "Opn001"}}}
    attributes = {"datetime": moment, "timestamp": 1, "event_properties": {}}
    key = f"ev{number}"
    return key, {
        "type": "event",
        "id": key,
        "attributes": attributes,
        "relationships": related,
    }


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Klaviyo-API-Key other"}, 403),
        ({"revision": ""}, 400),
        ({"revision": "latest"}, 400),
    ],
)
def test_requests_need_the_key_and_a_revision(email, headers, status):
    answer = email.get("/klaviyo/api/profiles", headers=headers)
    assert answer.status_code == status
    assert set(answer.json()["errors"][0]) >= {"id", "code", "title", "detail"}


@pytest.mark.parametrize(
    "parameters",
    [
        {"page[size]": "101"},
        {"page_size": "10"},
        {"sort": "age"},
        {"filter": "greater-or-equal(updated,2026-01-01T00:00:00Z)"},
        {"filter": "greater-than(updated,yesterday)"},
        {"page[cursor]": "no"},
    ],
)
def test_a_parameter_that_the_vendor_does_not_take_is_refused(email, parameters):
    answer = email.get("/klaviyo/api/profiles", params=parameters)
    assert answer.status_code == 400


def test_events_come_in_pages_with_their_metric(email, stand, conforms):
    metric = {"type": "metric", "id": "Opn001", "attributes": {"name": "Opened Email"}}
    stand.store.put_many("klaviyo", "metrics", [("Opn001", metric)])
    stand.store.put_many("klaviyo", "events", [event(number) for number in range(5)])
    parameters = {"page[size]": "2", "sort": "datetime", "include": "metric"}
    answer = email.get("/klaviyo/api/events", params=parameters)
    assert answer.json()["included"][0]["attributes"]["name"] == "Opened Email"
    conforms("klaviyo.events.json", answer)
    ids = [one["id"] for one in answer.json()["data"]]
    while following := answer.json()["links"]["next"]:
        answer = email.get(following)
        ids += [one["id"] for one in answer.json()["data"]]
    assert ids == ["ev0", "ev1", "ev2", "ev3", "ev4"]


def test_subscriptions_are_shown_on_request_only(email, stand, conforms):
    attributes = {"email": "a@example.com", "updated": "2026-01-01T00:00:00+00:00"}
    body = {"type": "profile", "id": "01J1", "attributes": attributes}
    attributes["subscriptions"] = {"email": {}}
    stand.store.put_many("klaviyo", "profiles", [("01J1", body)])
    shown = email.get("/klaviyo/api/profiles").json()["data"][0]["attributes"]
    assert "subscriptions" not in shown
    asked = {"additional-fields[profile]": "subscriptions"}
    answer = email.get("/klaviyo/api/profiles", params=asked)
    assert "subscriptions" in answer.json()["data"][0]["attributes"]
    conforms("klaviyo.profiles.json", answer)


def test_an_import_is_a_job_that_is_complete_after_a_while(email, stand, conforms):
    answer = start(email, job({"email": "a@example.com", "external_id": "c_1"}))
    assert answer.status_code == 202
    assert answer.json()["data"]["attributes"]["status"] == "queued"
    assert finish(email, answer)["completed_count"] == 1
    assert stand.store.count("klaviyo", "list_profiles") == 1
    conforms("klaviyo.profiles.json", answer)


def test_a_profile_is_found_by_external_id_then_by_email(email, stand):
    for attributes in (
        {"email": "a@example.com", "properties": {"plan": "Premium"}},
        {"email": "A@example.com", "external_id": "c_1", "first_name": "Ada"},
        {"email": "new@example.com", "external_id": "c_1", "properties": {"vip": True}},
    ):
        start(email, job(attributes))
    assert stand.store.count("klaviyo", "profiles") == 1
    shown = stand.store.page("klaviyo", "profiles")[0].body["attributes"]
    assert shown["email"] == "new@example.com"
    assert shown["properties"] == {"plan": "Premium", "vip": True}


def test_a_bad_profile_is_an_import_error_and_the_others_are_taken(email, conforms):
    answer = start(email, job({"email": "nobody"}, {"email": "a@example.com"}, {}))
    done = finish(email, answer)
    assert (done["completed_count"], done["failed_count"]) == (1, 2)
    errors = email.get(f"{JOBS}/{answer.json()['data']['id']}/import-errors")
    conforms("klaviyo.profiles.json", errors)
    found = [one["attributes"]["source"] for one in errors.json()["data"]]
    pointers = [source["pointer"] for source in found]
    assert pointers == [
        "/data/attributes/profiles/data/0/attributes/email",
        "/data/attributes/profiles/data/2/attributes/email",
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (job({"mail": "a@example.com"}), 400),
        (job({"email": "a@example.com", "location": {"planet": "Mars"}}), 400),
        (job({"email": "a@example.com"}, list_id="Other"), 404),
        (job(), 400),
        ({"data": {"type": "profile-bulk-import-job", "attributes": {}}}, 400),
    ],
)
def test_a_job_that_breaks_the_shape_is_refused_whole(email, stand, body, status):
    assert start(email, body).status_code == status
    assert stand.store.count("klaviyo", "profiles") == 0


def test_a_wrong_media_type_is_refused(email):
    answer = email.post(JOBS, content=b"{}", headers={"content-type": "text/plain"})
    assert answer.status_code == 415


def test_an_unchanged_profile_does_not_move(email, stand):
    start(email, job({"email": "a@example.com", "first_name": "Ada"}))
    before = stand.store.page("klaviyo", "profiles")[0]
    start(email, job({"email": "a@example.com", "first_name": "Ada"}))
    assert stand.store.page("klaviyo", "profiles")[0] == before
    counts = email.get("/_control/counts").json()["klaviyo"]
    assert (counts["distinct_keys"], counts["duplicates"]) == (1, 1)


CHANNEL = "equals(messages.channel,'email')"
SINCE = "greater-or-equal(updated_at,2026-01-01T00:00:00Z)"


@pytest.mark.parametrize(
    ("condition", "status"),
    [(CHANNEL, 200), (f"and({CHANNEL},{SINCE})", 200), (SINCE, 400), (None, 400)],
    ids=["channel", "channel and time", "time alone", "nothing"],
)
def test_campaigns_are_asked_for_by_channel(email, condition, status):
    parameters = {"filter": condition} if condition else {}
    assert email.get("/klaviyo/api/campaigns", params=parameters).status_code == status


def test_profiles_are_found_by_their_identifiers(email, conforms):
    finish(email, start(email, job({"email": "a@x.example"}, {"external_id": "u1"})))
    asked = {"filter": 'any(email,["A@x.example","b@x.example"])', "page[size]": "100"}

    answer = email.get("/klaviyo/api/profiles", params=asked)
    refused = email.get("/klaviyo/api/profiles", params={"filter": "any(name,[])"})

    (found,) = answer.json()["data"]
    assert found["attributes"]["email"] == "a@x.example"
    assert refused.status_code == 400
    conforms("klaviyo.profiles.json", answer)
