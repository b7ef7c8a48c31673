"""Cards that nobody knows: remembered for a while, so that nobody can make us flood our partners.

Whoever holds random cards to a charge point makes us ask every partner. So a card that nobody knew is not asked about
again for ``AUTHORIZE_UNKNOWN_SECONDS`` (for a tenth of that when somebody did not answer), and each asker can
have at most ``AUTHORIZE_STRANGERS`` unknown cards a minute asked about. It is a table and not a cache, because
several web processes share it.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from tokens.authorization.models import UnknownCard
from tokens.authorization.questions import Question


def just_asked(question: Question) -> str:
    """Why a card is not asked about again; empty when it can be."""
    found = UnknownCard.objects.filter(
        connection=question.connection,
        uid_key=question.uid_key,
        type=question.type,
        until__gt=timezone.now(),
    ).first()
    if found is None:
        return ""
    seconds = (timezone.now() - found.at).total_seconds()
    return f"Everybody was asked {seconds:.0f} seconds ago, and nobody knew it."


def too_many(question: Question) -> str:
    """Why no unknown card at all is asked about now; empty when they can be."""
    recent = UnknownCard.objects.filter(
        connection=question.connection, at__gt=timezone.now() - timedelta(minutes=1)
    )
    limit = settings.AUTHORIZE_STRANGERS
    if recent[:limit].count() < limit:
        return ""
    return (
        f"{limit} unknown cards were asked about within a minute, which is as many as we ask about."
    )


def remember(question: Question, *, certain: bool) -> None:
    """Nobody knows this card; ``certain`` when everybody answered."""
    now = timezone.now()
    seconds = settings.AUTHORIZE_UNKNOWN_SECONDS
    until = now + timedelta(seconds=seconds if certain else seconds / 10)
    UnknownCard.objects.bulk_create(
        [
            UnknownCard(
                connection=question.connection,
                uid_key=question.uid_key,
                type=question.type,
                at=now,
                until=until,
            )
        ],
        update_conflicts=True,
        unique_fields=["uid_key", "type", "connection"],
        update_fields=["at", "until"],
    )


def forget_old() -> None:
    """Drop what counts no more."""
    UnknownCard.objects.filter(until__lt=timezone.now() - timedelta(minutes=1)).delete()
