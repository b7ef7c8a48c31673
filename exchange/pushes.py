"""Taking in what a partner pushes: PUT and PATCH of an object or a part of one, for every module.

A push is read as the partner's dialect says (``exchange.reading``) and put in its place by the module's
:class:`~exchange.registry.Receiver`. What is refused for its content is looked at once more after the answer:
would it have been understood leniently? Then that is counted, so that staff are told, and the body goes to
quarantine, so that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from exchange import reading, turns
from exchange.places import Place
from exchange.quality import deviations, observing, quarantine
from exchange.reading import Context, Reading
from exchange.registry import Receiver, Source
from exchange.views import Answer, OCPIView
from ocpi import json
from ocpi.datetimes import format_datetime
from ocpi.dialect import Dialect
from ocpi.errors import InvalidParameters, Problem
from ocpi.lenient import CODES
from parties.models import Connection, Party

logger = structlog.get_logger(__name__)


class PushView(OCPIView):
    """A receiver's endpoint. Subclasses name the ``receiver`` and call :meth:`take_put` and :meth:`take_patch`."""

    receiver: Receiver

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer a push, then learn from it; that never changes the answer."""
        with turns.taken():
            return self._dispatch(request, *args, **kwargs)

    def _dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.place: Place | None = None
        self.pushed_to: Party | None = None
        self.told: list[Problem] = []
        response = super().dispatch(request, *args, **kwargs)
        if self.place is not None and self.caller is not None:
            try:
                self._learn(self.caller.connection, self.place)
            except Exception:
                logger.exception("push_not_learned_from", request_id=self.ids.request_id)
        return response

    def take_put(self, owner: Party, place: Place) -> Answer:
        """The body as the whole object at ``place``. Raises InvalidParameters (2001) with every fault."""
        parsed, context = self._opened(owner, place)
        found = reading.read_whole(place, parsed, context)
        source = self.identified.connection
        created = self.receiver.put(owner, place, found.document, source)
        return self._taken(found.warnings, 201 if created else 200)

    def take_patch(self, owner: Party, place: Place) -> Answer:
        """The body as what changes of the object at ``place``."""
        parsed, context = self._opened(owner, place)
        warnings = patch(self.receiver, owner, place, parsed, context, self.identified.connection)
        return self._taken(warnings, 200)

    def _opened(self, owner: Party, place: Place) -> tuple[dict[str, Any], Context]:
        parsed = self.object_body()
        self.place, self.pushed_to = place, owner
        return parsed, context_of(self.receiver, owner, place, self.identified.connection)

    def _taken(self, warnings: list[Problem], http_status: int) -> Answer:
        self.told = warnings
        repairs = [w for w in warnings if w.code not in observing.SENTENCES]
        if not repairs:
            return Answer(http_status=http_status)
        return Answer(
            [{"path": w.path, "problem": w.message} for w in repairs],
            http_status,
            status_message=f"Accepted with {len(repairs)} repair{'s'[: len(repairs) > 1]}.",
        )

    def _learn(self, connection: Connection, place: Place) -> None:
        if isinstance(self.error, InvalidParameters):
            self._learn_from_refusal(connection, place, self.error)
        elif self.error is None and self.told:
            noted = [(place.reference, problem) for problem in self.told]
            deviations.count_warnings(connection, self.module, noted)

    def _learn_from_refusal(
        self, connection: Connection, place: Place, error: InvalidParameters
    ) -> None:
        raw = self.request.body
        problems = error.problems or [Problem("refused", "", error.message)]
        source = Source(f"Push from {connection.name}", place.version, connection)
        quarantine.put_push(self.module, raw, problems, place, source)
        seen = would_take(self.receiver, self.pushed_to, place, self.object_body(), connection)
        if seen:
            example = observing.exchange_reference(self.exchange_id or 0)
            noted = [(example, problem) for problem in seen]
            deviations.count_warnings(connection, self.module, noted)


def context_of(
    receiver: Receiver,
    owner: Party,
    place: Place,
    connection: Connection,
    dialect: Dialect | None = None,
) -> Context:
    """What is known besides the body; the time zone is looked up where it matters only.

    ``dialect`` is the connection's, unless it is to be read another way.
    """
    dialect = dialect or connection.dialect
    zone = receiver.time_zone(owner, place) if dialect.local_times else None
    beside = receiver.beside(owner, place, connection)
    return Context(dialect, zone, datetime.now(UTC), beside)


def patch(
    receiver: Receiver,
    owner: Party,
    place: Place,
    parsed: Mapping[str, Any],
    context: Context,
    source: Connection | None,
) -> list[Problem]:
    """Apply a PATCH, leniently where the dialect allows it; returns what had to be done to it.

    Faults that the object had before are not the patch's: they never refuse it.
    """
    try:
        found = reading.read_part(place, parsed, context)
        receiver.patch(owner, place, found.document, source)
    except InvalidParameters as error:
        if not (context.dialect.lenient_pushes or _is_of_before(error, parsed)):
            raise
        merged = _merged(receiver, owner, place, parsed, context)
        if merged is None:
            raise
        receiver.put(owner, place, merged.document, source)
        return merged.warnings
    return found.warnings


def _is_of_before(error: InvalidParameters, parsed: Mapping[str, Any]) -> bool:
    heads = {problem.path.partition(".")[0] for problem in error.problems}
    return bool(heads) and heads.isdisjoint({*parsed, "last_updated", ""})


def _merged(
    receiver: Receiver, owner: Party, place: Place, parsed: Mapping[str, Any], context: Context
) -> Reading | None:
    """The whole object after a PATCH that does not pass strictly, repaired."""
    settled = reading.in_utc(place, parsed, context)
    changes, warnings = dict(settled.document), list(settled.warnings)
    if not changes.get("last_updated"):
        changes["last_updated"] = format_datetime(context.received_at)
        code = "last_updated_assumed"
        warnings.append(Problem(code, "last_updated", CODES[code]))
    merged = receiver.merged(owner, place, changes)
    found = merged and reading.merged_leniently(place, merged, parsed, context)
    return Reading(found.document, [*warnings, *found.warnings]) if found else None


def would_take(
    receiver: Receiver,
    owner: Party | None,
    place: Place,
    parsed: Mapping[str, Any],
    connection: Connection,
) -> list[Problem]:
    """Of a refused push: what the connection's dialect would have to allow, as observations."""
    if owner is None:
        return []
    dialect = connection.dialect
    open_to_all = dialect.but(lenient_pushes=True, ids_from_url=True)
    context = context_of(receiver, owner, place, connection, open_to_all)
    if place.is_partial:
        found = _merged(receiver, owner, place, parsed, context)
    else:
        found = reading.leniently(place, parsed, context)
    if found is None:
        return []
    return list(_needed(found, dialect))


def _needed(found: Reading, dialect: Dialect) -> list[Problem]:
    codes = sorted({warning.code for warning in found.warnings})
    filled = "id_from_address" in codes
    repairs = ", ".join(code for code in codes if code != "id_from_address")
    needed = []
    if filled and not dialect.ids_from_url:
        code = "push_without_ids"
        needed.append(Problem(code, "", observing.SENTENCES[code], "id_from_address"))
    if repairs and not dialect.lenient_pushes:
        code = "push_would_pass"
        needed.append(Problem(code, "", observing.SENTENCES[code], repairs))
    return needed


def take_again(
    receiver: Receiver, owner: Party, place: Place, raw: bytes, connection: Connection
) -> list[Problem]:
    """Put a push in its place that was refused before, leniently: somebody has looked at it.

    Returns what had to be done to it. Raises OCPIError, with the faults when nothing can be made of it.
    """
    dialect = connection.dialect.but(lenient_pushes=True, ids_from_url=True)
    context = context_of(receiver, owner, place, connection, dialect)
    parsed = json.loads(raw)
    if not isinstance(parsed, dict):
        raise InvalidParameters("It must be a JSON object.")
    if place.is_partial:
        return patch(receiver, owner, place, parsed, context, connection)
    found = reading.read_whole(place, parsed, context)
    receiver.put(owner, place, found.document, connection)
    return found.warnings
