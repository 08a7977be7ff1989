"""Each way in which a list goes on, read to its end, broken off and gone on with."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CURSOR, Fault, Helpdesk, ticket
