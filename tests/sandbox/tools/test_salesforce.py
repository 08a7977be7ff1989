import pytest

UPSERT = "/salesforce/services/data/v62.0/composite/sobjects/Contact/Customer_Id__c"
QUERY = "/salesforce/services/data/v62.0/query"


def contact(key: str, **fields) -> dict:
    return {
        "attributes": {"type": "Contact"},
        "Customer_Id__c": key,
        "LastName": "Moreau",
        **fields,
    }


def upsert(crm, *records, all_or_none=False):
    return crm.patch(UPSERT, json={"allOrNone": all_or_none, "records": list(records)})


def lead(number: int, **fields) -> tuple[str, dict]:
    key = f"00Q{number:015d}"
    stamp = f"2026-01-01T00:{number // 60:02d}:{number % 60:02d}.000+0000"
    body = {"Id": key, "LastName": "Moreau", "SystemModstamp": stamp, **fields}
    return key, {"IsDeleted": False, **body}


def test_a_wrong_secret_gets_no_token(client):
    grant = {"grant_type": "client_credentials", "client_id": "demo-client"}
    answer = client.post(
        "/salesforce/services/oauth2/token", data={**grant, "client_secret": "no"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client"


def test_without_a_session_nothing_is_answered(client):
    answer = client.get(QUERY, params={"q": "select Id from Lead"})
    assert answer.status_code == 401
    assert answer.json()[0]["errorCode"] == "INVALID_SESSION_ID"


def test_a_query_is_answered_in_pages(crm, stand):
    stand.store.put_many("salesforce", "Lead", [lead(number) for number in range(25)])
    stand.traffic.largest_page = 10
    answer = crm.get(QUERY, params={"q": "select Id, LastName from Lead"}).json()
    assert (answer["totalSize"], answer["done"]) == (25, False)
    ids = [record["Id"] for record in answer["records"]]
    while not answer["done"]:
        answer = crm.get("/salesforce" + answer["nextRecordsUrl"]).json()
        ids += [record["Id"] for record in answer["records"]]
    assert ids == [lead(number)[0] for number in range(25)]


def test_conditions_on_time_and_deleted_records(crm, stand):
    leads = [lead(number, IsDeleted=number == 7) for number in range(10)]
    stand.store.put_many("salesforce", "Lead", leads)
    query = "select Id from Lead where SystemModstamp >= 2026-01-01T00:00:05.000Z"
    found = crm.get(QUERY, params={"q": query}).json()["records"]
    assert len(found) == 4
    found = crm.get(QUERY + "All", params={"q": query}).json()["records"]
    assert len(found) == 5


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select Shoe_Size from Lead", "INVALID_FIELD"),
        ("select Id from Invoice", "INVALID_TYPE"),
        ("select Id from Lead where", "MALFORMED_QUERY"),
        ("drop Lead", "MALFORMED_QUERY"),
    ],
)
def test_a_query_that_the_org_cannot_run_is_refused(crm, query, code):
    answer = crm.get(QUERY, params={"q": query})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code


def test_an_upsert_creates_once_and_then_updates(crm, stand):
    first = upsert(crm, contact("c_1", Email="a@example.com")).json()[0]
    second = upsert(crm, contact("c_1", Title="Buyer")).json()[0]
    assert (first["success"], first["created"]) == (True, True)
    assert (second["id"], second["created"]) == (first["id"], False)
    stored = stand.store.get("salesforce", "Contact", first["id"])
    assert (stored["Email"], stored["Title"]) == ("a@example.com", "Buyer")


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (contact("c_2", Email="nobody"), "INVALID_EMAIL_ADDRESS"),
        (contact("c_2", Shoe_Size="44"), "INVALID_FIELD"),
        (contact("c_2", FirstName="A" * 41), "STRING_TOO_LONG"),
        (contact("c_2", LastName=None), "REQUIRED_FIELD_MISSING"),
        (contact(""), "MISSING_ARGUMENT"),
    ],
)
def test_a_bad_record_fails_alone_and_in_its_place(crm, record, code):
    results = upsert(crm, contact("c_1"), record, contact("c_3")).json()
    assert [result["success"] for result in results] == [True, False, True]
    assert results[1]["errors"][0]["statusCode"] == code


def test_one_key_twice_in_a_request_fails_both(crm):
    results = upsert(crm, contact("c_1"), contact("c_1")).json()
    assert {one["errors"][0]["statusCode"] for one in results} == {"DUPLICATE_VALUE"}


def test_all_or_none_writes_nothing_when_one_fails(crm, stand):
    bad = contact("c_2", Email="nobody")
    results = upsert(crm, contact("c_1"), bad, all_or_none=True).json()
    assert not any(result["success"] for result in results)
    assert stand.store.count("salesforce", "Contact") == 0


def test_more_than_200_records_are_refused(crm):
    answer = upsert(crm, *(contact(f"c_{number}") for number in range(201)))
    assert answer.status_code == 400


def test_a_field_that_was_taken_out_is_unknown(crm, client):
    client.post("/_control/removed_fields", json=["Is_High_Value__c"])
    result = upsert(crm, contact("c_1", Is_High_Value__c=True)).json()[0]
    assert result["errors"][0]["statusCode"] == "INVALID_FIELD"


def test_the_same_write_twice_counts_as_a_duplicate(crm, client):
    for _ in range(2):
        upsert(crm, contact("c_1", Title="Buyer"))
    upsert(crm, contact("c_1", Title="Owner"))
    counts = client.get("/_control/counts").json()["salesforce"]
    assert (counts["writes"], counts["distinct_keys"], counts["duplicates"]) == (
        3,
        1,
        1,
    )
