"""What the sources that may occur several times take in ``headwater.yml``.

Their tables land in ``raw_<name of the source>``, because a company has more than one
database and more than one folder.
"""

from __future__ import annotations

from dataclasses import replace

from cdp.workspace_forms import ADDRESS, SPAN, SPAN_OR_NEVER
from cdp.workspace_schema import Kind, Setting

FALL = Setting(
    "largest_fall",
    "The share of a table's rows that may go at once, 0 to 1; more stops the load.",
    kind="number",
    default=0.5,
)
COLUMNS = Setting(
    "columns",
    "Types of fields; of another field its first value says it.",
    kind="object",
    is_required=False,
    each=Setting(
        "type",
        "The type of a column.",
        choices=(
            *("text", "bigint", "decimal", "bool"),
            *("json", "date", "timestamp"),
        ),
    ),
)
_POSTGRES_TABLE = Setting(
    "table",
    "One table; its settings, or nothing.",
    kind="object",
    keys=(
        Setting(
            "cursor",
            "The column that moves with every change; updated_at where it is there.",
            is_required=False,
        ),
        Setting(
            "key",
            "The columns that tell rows apart; the primary key without it.",
            is_required=False,
            or_kinds=("list",),
        ),
        Setting(
            "lag",
            "How much before the newest change is read again.",
            default="1h",
            form=SPAN,
        ),
        Setting(
            "deleted",
            "The column that marks a deleted row: a time, or true.",
            is_required=False,
        ),
        Setting(
            "compare",
            "How often all keys are compared to notice deletes; `never` does not.",
            default="1d",
            form=SPAN_OR_NEVER,
        ),
        Setting(
            "sum", "A number that the daily reconciliation adds up.", is_required=False
        ),
    ),
)
POSTGRES = Kind(
    "postgres",
    "Tables of a production PostgreSQL database.",
    (
        Setting("host", "Name or address of the server."),
        Setting("port", "Its port.", default=5432, kind="number"),
        Setting("database", "The database."),
        Setting("user", "Who signs in; reading is enough."),
        Setting("password", "Their password.", is_secret=True, is_required=False),
        Setting(
            "sslmode",
            "How the connection is encrypted, in libpq's words.",
            default="prefer",
            choices=("disable", "prefer", "require", "verify-ca", "verify-full"),
        ),
        Setting("schema", "The schema that is read.", default="public"),
        Setting(
            "tables",
            "Which tables; all of the schema without it.",
            kind="object",
            or_kinds=("list",),
            is_required=False,
            each=_POSTGRES_TABLE,
        ),
        FALL,
    ),
    purpose="storage",
)
FILES = Kind(
    "files",
    "CSV, Parquet and JSON Lines files of a folder or an object store.",
    (
        Setting("url", "The folder: a path, or s3://bucket/folder."),
        Setting(
            "tables",
            "A table for each pattern of files.",
            kind="object",
            each=Setting(
                "table",
                "One table: its pattern, or more.",
                kind="object",
                or_kinds=("string",),
                keys=(
                    Setting("glob", "Which files, such as lists/**/*.csv."),
                    replace(COLUMNS, description="Types of columns; text without one."),
                    Setting(
                        "delimiter",
                        "What separates the fields of a CSV; found out without it.",
                        is_required=False,
                    ),
                    Setting(
                        "sum",
                        "A number that the daily reconciliation adds up.",
                        is_required=False,
                    ),
                ),
            ),
        ),
        Setting(
            "endpoint",
            "Address of a store that is not AWS.",
            is_required=False,
            form=ADDRESS,
        ),
        Setting("region", "Region of the bucket.", is_required=False),
        Setting(
            "access_key_id", "Key of the store.", is_secret=True, is_required=False
        ),
        Setting("secret_access_key", "Its secret.", is_secret=True, is_required=False),
        FALL,
    ),
    purpose="storage",
)
