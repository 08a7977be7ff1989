"""What a destination of kind ``postgres`` takes in ``headwater.yml``."""

from __future__ import annotations

from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "postgres",
    "A PostgreSQL database: events in a table, rows merged into tables.",
    settings=(
        Setting("host", "Name or address of the server."),
        Setting("port", "Its port.", default=5432, kind="number"),
        Setting("database", "The database."),
        Setting("user", "Who signs in."),
        Setting("password", "Their password.", is_secret=True, is_required=False),
        Setting(
            "sslmode",
            "How the connection is encrypted, in libpq's words.",
            default="prefer",
            choices=("disable", "prefer", "require", "verify-ca", "verify-full"),
        ),
        Setting("schema", "The schema; made where it is missing.", default="public"),
        Setting("table", "The table of events.", default="events"),
        Setting(
            "columns",
            "Columns besides the usual ones, by name.",
            is_required=False,
            kind="object",
            each=Setting(
                "*",
                "One column.",
                kind="object",
                keys=(
                    Setting("from", "Path of the value, such as properties.total."),
                    Setting(
                        "type",
                        "Type of the column.",
                        default="text",
                        choices=(
                            *("text", "numeric", "bigint", "boolean"),
                            *("timestamptz", "date", "jsonb"),
                        ),
                    ),
                ),
            ),
        ),
    ),
    purpose="storage",
)
