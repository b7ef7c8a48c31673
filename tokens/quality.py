"""What is doubtful about tokens although OCPI allows it, for the page of data quality."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Length

from exchange.registry import Finding
from parties.models import Connection
from tokens.models import Token

EXAMPLES = 10
LONGEST_GROUP = 20
"""OCPP 1.5 and 1.6 know no longer ids of groups (OCPI 2.3.0, mod_tokens, Token)."""


def findings(connection: Connection | None) -> list[Finding]:
    """Group ids too long for many charging stations (K-024), of what ``connection`` sent (``None``: ourselves)."""
    rows = long_groups().filter(received_from=connection)
    number = rows.count()
    if not number:
        return []
    examples = tuple(
        (f"{token.group_id}: {len(token.group_id)} characters", token.reference)
        for token in rows.select_related("owner").order_by("pk")[:EXAMPLES]
    )
    return [
        Finding(
            "group_id_long",
            f"Group IDs have more than {LONGEST_GROUP} characters: charging stations with OCPP 1.5 or 1.6"
            " cannot use them.",
            number,
            examples,
            f"Please use group IDs of at most {LONGEST_GROUP} characters.",
        )
    ]


def long_groups() -> QuerySet[Token]:
    """Tokens whose group id is too long for OCPP 1.5 and 1.6."""
    named = Token.objects.exclude(group_key="")
    return named.annotate(group_length=Length("group_key")).filter(group_length__gt=LONGEST_GROUP)
