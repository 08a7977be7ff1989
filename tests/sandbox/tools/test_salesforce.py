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


def typed_in(number: int, **fields) -> tuple[str, dict]:
    key, body = lead(number, Customer_Id__c=f"C_{number}", **fields)
    return key, body


def test_records_are_found_by_the_values_of_a_field(crm, stand):
    documents = [typed_in(1), typed_in(2), typed_in(3, IsDeleted=True)]
    stand.store.put_many("salesforce", "Contact", documents)
    stand.store.put_many(
        "salesforce", "Contact", [("q", {"Id": "q", "Name__c": "it's"})]
    )
    query = (
        "SELECT Id, Customer_Id__c FROM Contact WHERE Customer_Id__c IN ('c_1','C_3')"
    )
    answer = crm.get(QUERY, params={"q": query}).json()
    quoted = r"SELECT Id, Name__c FROM Contact WHERE Name__c IN ('it\'s')"

    assert answer["done"] is True
    assert [one["Id"] for one in answer["records"]] == [documents[0][0]]
    assert answer["records"][0]["Customer_Id__c"] == "C_1"
    assert crm.get(QUERY, params={"q": quoted}).json()["totalSize"] == 1


def test_an_upsert_finds_a_record_that_was_typed_in(crm, stand):
    stand.store.put_many("salesforce", "Contact", [typed_in(1), typed_in(2)])
    twin = {**typed_in(2)[1], "Id": "twin"}
    stand.store.put_many("salesforce", "Contact", [("twin", twin)])

    changed, unclear = upsert(
        crm, contact("c_1", LastName="Roe"), contact("c_2")
    ).json()

    assert (changed["id"], changed["created"]) == (typed_in(1)[0], False)
    assert unclear["errors"][0]["statusCode"] == "DUPLICATE_EXTERNAL_ID"
    assert stand.store.get("salesforce", "Contact", changed["id"])["LastName"] == "Roe"


def test_a_creation_changes_nothing_that_is_there(crm, stand):
    stand.store.put_many("salesforce", "Contact", [typed_in(1)])
    records = [contact("c_1"), contact("c_2"), contact("c_3", Email="nobody")]
    path = UPSERT.removesuffix("/Contact/Customer_Id__c")

    taken, made, bad = crm.post(path, json={"records": records}).json()

    assert taken["errors"][0]["statusCode"] == "DUPLICATE_VALUE"
    assert (made["success"], "created" in made) == (True, False)
    assert bad["errors"][0]["statusCode"] == "INVALID_EMAIL_ADDRESS"
    assert stand.store.count("salesforce", "Contact") == 2
