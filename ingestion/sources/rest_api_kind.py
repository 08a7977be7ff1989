"""What a declared REST API takes in ``headwater.yml``.

Authentication, paginators and placeholders have the names that dlt's ``rest_api`` has;
what a table is, how much is read again and how deletes are noticed has the names of the
other sources that are declared table by table.
"""

from __future__ import annotations

from cdp.workspace_forms import ADDRESS, Form
from cdp.workspace_schema import Kind, Setting, SettingKind
from ingestion.sources.database_kinds import COLUMNS, FALL

PAGINATORS = (
    *("json_link", "header_link", "cursor", "header_cursor"),
    *("offset", "page_number", "single_page", "auto"),
)
FORMATS = ("iso", "date", "unix", "unix_ms")


def _optional(
    name: str,
    description: str,
    kind: SettingKind = "string",
    *,
    is_secret: bool = False,
    form: Form | None = None,
) -> Setting:
    return Setting(
        name,
        description,
        kind=kind,
        is_required=False,
        is_secret=is_secret,
        form=form,
    )


_AUTH = Setting(
    "auth",
    "How the tool lets us in; without it, it asks nobody.",
    is_secret=True,  # as a whole: what shows a workspace shows none of it
    kind="object",
    is_required=False,
    keys=(
        Setting(
            "type",
            "Which way, as dlt names it.",
            default="bearer",
            choices=("bearer", "api_key", "http_basic", "oauth2_client_credentials"),
        ),
        _optional("token", "bearer: the token.", is_secret=True),
        _optional("api_key", "api_key: the key.", is_secret=True),
        _optional("name", "api_key: its header or parameter; Authorization without."),
        Setting(
            "location",
            "api_key: where it stands.",
            is_required=False,
            choices=("header", "query"),
        ),
        _optional("username", "http_basic: who signs in."),
        _optional("password", "http_basic: their password.", is_secret=True),
        _optional(
            "access_token_url", "oauth2: where tokens are given out.", form=ADDRESS
        ),
        _optional("client_id", "oauth2: the client."),
        _optional("client_secret", "oauth2: its secret.", is_secret=True),
        _optional(
            "access_token_request_data",
            "oauth2: what else is asked for, such as scope.",
            "object",
        ),
        _optional(
            "default_token_expiration",
            "oauth2: seconds that a token holds which does not say it.",
            "number",
        ),
    ),
)
_PAGINATOR = Setting(
    "paginator",
    "Where the next page is; without it links are followed that an answer has.",
    kind="object",
    or_kinds=("string",),
    is_required=False,
    keys=(
        Setting(
            "type",
            "Which kind, as dlt names it.",
            choices=PAGINATORS,
        ),
        _optional("next_url_path", "json_link: path of the next address."),
        _optional("links_next_key", "header_link: its rel in the header Link."),
        _optional("cursor_path", "cursor: path of the next cursor."),
        _optional("cursor_key", "header_cursor: the header with the next cursor."),
        _optional("cursor_param", "cursor, header_cursor: the parameter it goes to."),
        _optional("cursor_body_path", "cursor: its path in the body of a POST."),
        _optional("limit", "offset: rows of a page.", "number"),
        _optional("offset", "offset: where to begin.", "number"),
        _optional("offset_param", "offset: the parameter, offset without it."),
        _optional("offset_body_path", "offset: its path in the body of a POST."),
        _optional("limit_param", "offset: the parameter, limit without it."),
        _optional("limit_body_path", "offset: its path in the body of a POST."),
        _optional("maximum_offset", "offset: where to stop.", "number"),
        _optional("base_page", "page_number: number of the first page, 0.", "number"),
        _optional("page", "page_number: the page to begin at.", "number"),
        _optional("page_param", "page_number: the parameter, page without it."),
        _optional("page_body_path", "page_number: its path in the body of a POST."),
        _optional("maximum_page", "page_number: where to stop.", "number"),
        _optional("total_path", "offset, page_number: path of how many there are."),
        _optional("has_more_path", "Path of the answer's word that there are more."),
        _optional("stop_after_empty_page", "Whether an empty page ends it.", "boolean"),
    ),
)
_CURSOR = Setting(
    "cursor",
    "How to ask for what has changed; without it the list is read whole each time.",
    kind="object",
    is_required=False,
    keys=(
        Setting("field", "The field with the time of change."),
        _optional("param", "The parameter that takes the time to read from."),
        Setting(
            "lag", "How much before the newest change is read again.", default="10m"
        ),
        Setting(
            "format",
            "How the tool writes times: 2026-03-01T09:00:00Z, a day, seconds or ms.",
            default="iso",
            choices=FORMATS,
        ),
        _optional("initial_value", "What the first load asks for, as the tool has it."),
    ),
)
_TABLE = Setting(
    "table",
    "One table: a list of the tool.",
    kind="object",
    keys=(
        _optional("path", "Path of the list below the url; its name without it."),
        Setting("key", "The field that tells records apart.", or_kinds=("list",)),
        _optional("data_selector", "Path of the records in an answer; $ is all of it."),
        _optional("flatten", "The field that holds the fields of a record."),
        _PAGINATOR,
        Setting("method", "How it is asked.", default="GET", choices=("GET", "POST")),
        Setting(
            "params",
            "Parameters of every request.",
            kind="object",
            is_required=False,
            each=Setting("value", "Its value.", or_kinds=("boolean", "list")),
        ),
        _optional("json", "Body of every request.", "object"),
        _CURSOR,
        COLUMNS,
        Setting(
            "deleted",
            "The field that marks a deleted record: a time, true, or a value of it.",
            is_required=False,
            or_kinds=("object",),
            keys=(
                Setting("field", "The field."),
                Setting("value", "What it holds once the record is deleted."),
            ),
        ),
        _optional(
            "compare",
            "How often all keys are listed to notice deletes: 1d, never.",
        ),
        Setting(
            "count",
            "Where the tool says how many records there are.",
            is_required=False,
            kind="object",
            keys=(
                _optional("path", "What is asked; the list itself without it."),
                Setting("selector", "Path of the number in the answer."),
            ),
        ),
        Setting(
            "parents",
            "A list below another: whose records are asked for.",
            is_required=False,
            choices=("changed", "all"),
        ),
        _optional(
            "include_from_parent",
            "A list below another: fields of the record above, as _<table>_<field>.",
            "list",
        ),
    ),
)
REST_API = Kind(
    "rest_api",
    "Any tool with a REST API, declared list by list.",
    (
        Setting(
            "url",
            "Where its paths begin, such as https://api.example.com/v2.",
            form=ADDRESS,
        ),
        _AUTH,
        Setting(
            "headers",
            "Headers of every request.",
            kind="object",
            is_required=False,
            each=Setting("header", "Its value."),
        ),
        _PAGINATOR,
        Setting("tables", "A table for each list.", kind="object", each=_TABLE),
        FALL,
    ),
    purpose="storage",
)
