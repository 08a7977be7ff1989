import httpx
import pytest

BATCH = "/hubspot/crm/objects/2026-03/contacts/batch"


@pytest.fixture
def crm(client, known) -> httpx.Client:
    client.headers["Authorization"] = f"Bearer {known['HUBSPOT_TOKEN']}"
    return client


def made(email: str, **fields) -> dict:
    return {"properties": {"email": email, **fields}}


def changed(email: str, **properties) -> dict:
    return {"id": email, "idProperty": "email", "properties": properties}


def post(crm, action: str, *inputs: dict) -> httpx.Response:
    return crm.post(f"{BATCH}/{action}", json={"inputs": list(inputs)})


def names(stand) -> dict:
    found = stand.store.page("hubspot", "contacts")
    properties = [one.body["properties"] for one in found]
    return {one["email"]: one.get("firstname") for one in properties}


def test_a_batch_of_creations_changes_nothing_that_is_there(crm, stand):
    first = post(crm, "create", made("a@x.example", firstname="Ada"))
    taken = post(crm, "create", made("A@x.example"), made("b@x.example"))
    traced = [
        {**made(f"{one}@x.example"), "objectWriteTraceId": one} for one in ("a", "c")
    ]
    partly = post(crm, "create", *traced)

    assert first.status_code == 201
    assert (taken.status_code, taken.json()["category"]) == (409, "CONFLICT")
    assert partly.status_code == 207
    (error,) = partly.json()["errors"]
    assert error["context"] == {"objectWriteTraceId": ["a"]}
    assert names(stand) == {"a@x.example": "Ada", "c@x.example": None}


def test_a_batch_of_changes_makes_nothing_and_names_what_is_missing(crm, stand):
    post(crm, "create", made("a@x.example", firstname="Ada"))
    inputs = [changed(f"{one}@x.example", firstname="Eve") for one in "ab"]

    answer = post(crm, "update", *inputs)
    whole = post(crm, "update", inputs[0])

    assert (answer.status_code, whole.status_code) == (207, 200)
    (error,) = answer.json()["errors"]
    assert error["category"] == "OBJECT_NOT_FOUND"
    assert error["context"] == {"ids": ["b@x.example"]}
    assert names(stand) == {"a@x.example": "Eve"}
