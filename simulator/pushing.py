"""Pushing what has changed to the partner, one object after the other."""

import logging
import sqlite3
import threading
from typing import Any, NamedTuple

from ocpi.client import OCPIClient, OCPIResponse
from ocpi.convert import Refused, from_canonical
from ocpi.ids import PartyId
from ocpi.status import StatusCode
from ocpi.urls import join
from ocpi.versioned import Kind
from ocpi.versions import InterfaceRole, Role
from simulator.accents import AccentSwitch
from simulator.database import DatabaseClosedError
from simulator.documents import Document, find_evse, now
from simulator.identity import Identity
from simulator.outgoing import Outgoing
from simulator.own_objects import OwnObjects
from simulator.registration import Partner, Registration
from simulator.tariffs import TARIFF_ZONE

logger = logging.getLogger(__name__)

AWAY_SECONDS = 0.5


class Push(NamedTuple):
    """What has changed: an object, or one EVSE of a Location."""

    module: str
    party: PartyId
    object_id: str
    evse_uid: str | None = None


class Pusher:
    """One thread; what changes again before it is pushed is pushed once."""

    def __init__(
        self,
        identity: Identity,
        own: dict[str, OwnObjects],
        registration: Registration,
        outgoing: Outgoing,
        accents: AccentSwitch,
    ) -> None:
        self._identity = identity
        self._own = own
        self._registration = registration
        self._outgoing = outgoing
        self._accents = accents
        self._wake = threading.Condition()
        self._stopping = False
        self._pending: dict[Push, None] = {}
        self._pushing = False
        self._counts = dict.fromkeys(
            ("patched", "put", "failed", "tariffs_put", "tariffs_deleted"), 0
        )
        self._last_push_at: str | None = None
        self._last_failure: str | None = None
        self._thread = threading.Thread(target=self._work, name="pushes", daemon=True)

    def start(self) -> None:
        """Begin to push."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread; one that still waits for the partner ends with the process."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self._thread.join(timeout)

    def add(self, push: Push) -> None:
        """Push the current state of this, soon."""
        with self._wake:
            self._pending[push] = None
            self._wake.notify_all()

    def as_json(self) -> dict[str, Any]:
        """Return the figures for the state page."""
        with self._wake:
            return {
                "pending_pushes": len(self._pending) + self._pushing,
                "last_push_at": self._last_push_at,
                "last_failure": self._last_failure,
                **self._counts,
            }

    def reset_counts(self) -> None:
        """Count from zero."""
        with self._wake:
            self._counts = dict.fromkeys(self._counts, 0)
            self._last_failure = None

    def _work(self) -> None:
        try:
            self._push_forever()
        except DatabaseClosedError:
            logger.debug("stopped while pushing")

    def _push_forever(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._stopping or self._pending)
                if self._stopping:
                    return
                push = next(iter(self._pending))
                del self._pending[push]
                self._pushing = True
            try:
                if not self._push(push):
                    self._push_later(push)
            except Refused as refused:
                logger.info("%s is not pushed: %s", push, refused.reason)
            except (ValueError, LookupError, sqlite3.Error):
                logger.exception("A push of %s failed", push)
            finally:
                with self._wake:
                    self._pushing = False

    def _push_later(self, push: Push) -> None:
        """The partner is away, perhaps just starting: nothing was sent, so nothing is lost."""
        with self._wake:
            self._pending.setdefault(push)
            self._wake.wait_for(lambda: self._stopping, AWAY_SECONDS)

    def _push(self, push: Push) -> bool:
        """Push the current state; without a partner, or when it fails, they have to pull it.

        False when the partner could not be reached.
        """
        partner = self._registration.partner
        url = partner.endpoint(push.module, InterfaceRole.RECEIVER) if partner else None
        if partner is None or url is None:
            return True
        if push.party not in self._identity.parties_at(partner.version):
            return True
        client = self._outgoing.to_partner(partner, Role.EMSP, push.party)
        document = self._own[push.module].get(push.object_id, (push.party,))
        target = join(url, *push.party, push.object_id)
        if push.module == "tariffs":
            outcome, response = self._send_tariff(client, partner, target, document)
        elif document is not None:
            outcome, response = self._send_evse(client, partner, target, document, push)
        else:
            return True
        if response.failure is not None and response.failure.is_clean:
            return False
        self._note(outcome, response)
        return True

    def _send_tariff(
        self, client: OCPIClient, partner: Partner, target: str, tariff: Document | None
    ) -> tuple[str, OCPIResponse]:
        if tariff is None:
            return "tariffs_deleted", client.request("DELETE", target)
        data = self._said(partner, "tariff", tariff, TARIFF_ZONE)
        return "tariffs_put", client.request("PUT", target, data=data)

    def _send_evse(
        self, client: OCPIClient, partner: Partner, target: str, location: Document, push: Push
    ) -> tuple[str, OCPIResponse]:
        evse = find_evse(location, push.evse_uid or "") or {}
        zone = location["time_zone"]
        said = self._said(partner, "evse", evse, zone)
        url, outcome = join(target, evse["uid"]), "put"
        if self._accents.now.pushes_parts:
            response = client.request("PUT", url, data=said)
        else:
            changes = {"status": said["status"], "last_updated": said["last_updated"]}
            response, outcome = client.request("PATCH", url, data=changes), "patched"
        if _is_unknown(response):
            # OCPI 2.2.1, transport_and_format, PATCH: what does not exist there is PUT.
            whole = self._said(partner, "location", location, zone)
            response, outcome = client.request("PUT", target, data=whole), "put"
        return outcome, response

    def _said(self, partner: Partner, kind: Kind, document: Document, zone: str) -> Document:
        """The object as it goes out; Refused when the version cannot say it."""
        said = from_canonical(partner.version, kind, document).document
        return self._accents.now.spell_push(said, zone)

    def _note(self, outcome: str, response: OCPIResponse) -> None:
        with self._wake:
            if response.ok:
                self._counts[outcome] += 1
                self._last_push_at = now()
            else:
                self._counts["failed"] += 1
                self._last_failure = response.diagnosis


def _is_unknown(response: OCPIResponse) -> bool:
    return response.http_status == 404 or response.status_code == StatusCode.UNKNOWN_LOCATION
