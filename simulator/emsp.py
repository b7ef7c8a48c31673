"""Pulls everything that the partner lists, page by page: as eMSP, and its tokens as CPO."""

import logging
import sqlite3
import threading
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson

from ocpi.client import Page, PullFailed
from ocpi.datetimes import parse_datetime
from ocpi.versions import InterfaceRole, Role
from simulator.conduct import Conduct
from simulator.database import Database, DatabaseClosedError
from simulator.documents import now
from simulator.identity import Identity
from simulator.outgoing import Outgoing
from simulator.received_objects import Origin, PageResult, ReceivedObjects
from simulator.receiving import Receiving
from simulator.registration import Partner, Registration
from simulator.violations import Violations

logger = logging.getLogger(__name__)

NUMBER_SETTING = "pull_number"
COMPLETE_SETTING = "complete_pull_at"
PAGE_LIMIT = 500
# The partner's clock may be behind ours, and its changes may commit late.
OVERLAP = timedelta(minutes=5)
RETRY_SECONDS = (0.1, 0.4, 1.0, 2.0, 4.0, 8.0)
KEPT_FINDINGS = 20
EVENTS = frozenset({"sessions", "cdrs"})
PAST = timedelta(days=1)


class PullMode(StrEnum):
    """Everything, or what has changed since the last complete pull."""

    FULL = "full"
    INCREMENTAL = "incremental"


class PullOutcome(StrEnum):
    """How a pull stands."""

    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True)
class Pull:
    """One pull: so many of each module were kept, `refused` could not be, `removed` had gone.

    `incorrect` ones were kept although they break the specification. `pages` and `total` are those
    of the Locations.
    """

    number: int
    mode: PullMode
    started_at: str
    outcome: PullOutcome = PullOutcome.RUNNING
    finished_at: str | None = None
    pages: int = 0
    total: int | None = None
    locations: int = 0
    tariffs: int = 0
    tokens: int = 0
    sessions: int = 0
    cdrs: int = 0
    invoicereconciliation: int = 0
    refused: int = 0
    incorrect: int = 0
    removed: int = 0
    message: str | None = None


class Emsp:
    """One thread that pulls when asked; requests that come meanwhile are one more pull."""

    def __init__(
        self,
        database: Database,
        identity: Identity,
        received: dict[str, ReceivedObjects],
        receiving: dict[str, Receiving],
        registration: Registration,
        outgoing: Outgoing,
        conduct: Conduct,
        violations: Violations,
    ) -> None:
        self._database = database
        self._identity = identity
        self._received = received
        self._receiving = receiving
        self._registration = registration
        self._outgoing = outgoing
        self._conduct = conduct
        self._violations = violations
        self._wake = threading.Condition()
        self._stopping = threading.Event()
        self._wanted: PullMode | None = None
        self._retries = 0
        self._number: int = database.setting(NUMBER_SETTING) or 0
        self._number_pushes()
        self._pull: Pull | None = None
        self._findings: list[str] = []
        self._thread = threading.Thread(target=self._work, name="pull", daemon=True)

    def start(self) -> None:
        """Wait for requests to pull."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread; one that still waits for the partner ends with the process."""
        self._stopping.set()
        with self._wake:
            self._wake.notify_all()
        self._thread.join(timeout)

    def request(self, mode: PullMode, *, retries: int = 0) -> int:
        """Ask for a pull and return the number it will have; a failed one is tried again."""
        with self._wake:
            if self._wanted is not PullMode.FULL:
                self._wanted = mode
            self._retries = max(self._retries, retries)
            self._wake.notify_all()
            return self._number + 1

    def as_json(self) -> dict[str, Any]:
        """Return the figures for the state page; `busy` covers what is asked for but not begun."""
        with self._wake:
            running = self._pull is not None and self._pull.outcome is PullOutcome.RUNNING
            return {
                "busy": running or self._wanted is not None,
                "last": asdict(self._pull) if self._pull else None,
                "findings": list(self._findings),
            }

    def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                with self._wake:
                    self._wake.wait_for(lambda: self._stopping.is_set() or self._wanted)
                    if self._wanted is None:
                        return
                    mode, retries = self._wanted, self._retries
                    self._begin(mode)
                self._pull_until_done(mode, retries)
        except DatabaseClosedError:
            logger.debug("stopped while pulling")

    def _begin(self, mode: PullMode) -> None:
        self._wanted, self._retries = None, 0
        self._number += 1
        self._database.set_setting(NUMBER_SETTING, self._number)
        self._number_pushes()
        self._pull = Pull(number=self._number, mode=mode, started_at=now())
        self._findings = []

    def _number_pushes(self) -> None:
        """What is pushed during a pull is not removed at its end."""
        for receiving in self._receiving.values():
            receiving.pull_number = self._number

    def _pull_until_done(self, mode: PullMode, retries: int) -> None:
        for wait in (*RETRY_SECONDS[:retries], None):
            message = self._try(mode)
            if message is None:
                return
            if wait is None or self._registration.partner is None or self._stopping.wait(wait):
                self._finish(PullOutcome.FAILED, message)
                return

    def _try(self, mode: PullMode) -> str | None:
        """Pull once; return what went wrong, or None."""
        partner = self._registration.partner
        if partner is None:
            return "Not registered."
        urls = {
            module: url
            for module in self._received
            if InterfaceRole.RECEIVER in self._identity.sides(partner.version, module)
            and (url := partner.endpoint(module, InterfaceRole.SENDER)) is not None
        }
        if "locations" not in urls and self._identity.acts_as(Role.EMSP, partner.version):
            return "The partner has no SENDER endpoint for locations."
        self._update(**dict.fromkeys(("pages", "refused", "incorrect", *self._received), 0))
        try:
            for module, url in urls.items():
                self._crawl(partner, module, url, mode)
        except PullFailed as error:
            return str(error)
        except (ValueError, TypeError, sqlite3.Error) as error:
            logger.exception("The pull broke off")
            return f"The pull broke off: {error}"
        self._conclude(mode, list(urls))
        return None

    def _crawl(self, partner: Partner, module: str, url: str, mode: PullMode) -> None:
        role = Role.EMSP if module == "tokens" else Role.CPO
        since = self._since() if mode is PullMode.INCREMENTAL else None
        if module in EVENTS:
            # Lists of what happened are asked for a time (OCPI 2.2.1, mod_sessions, GET).
            since = since or datetime.now(UTC) - PAST
        # A hub, and a platform of several parties, is asked for each of them.
        for party in partner.parties(role):
            client = self._outgoing.to_partner(partner, role, self._identity.party, party)
            origin = Origin(partner.version, party)
            for page in client.pages(url, date_from=since, limit=PAGE_LIMIT):
                if self._stopping.is_set():
                    raise DatabaseClosedError
                result = self._received[module].put_page(page.items_raw, origin, self._number)
                self._look_at(module, origin, page, result)
                self._add(module, page.total, result)

    def _look_at(self, module: str, origin: Origin, page: Page, result: PageResult) -> None:
        """Count what is wrong with the objects of a page."""
        where = f"{origin.version} {page.url}"
        for finding in (*result.refused, *result.incorrect):
            self._violations.add("invalid_in_list", f"{where}: {finding}")
        for item in page.items_raw:
            document = orjson.loads(item)
            if isinstance(document, dict):
                kind = self._received[module].kind
                self._conduct.of_object(
                    origin.version, kind, document, f"{where}: {document.get('id')}"
                )

    def _add(self, module: str, total: int | None, page: PageResult) -> None:
        with self._wake:
            pull = self._pull
            found = page.refused + page.incorrect
            self._findings = (self._findings + found)[:KEPT_FINDINGS]
        if pull is None:
            return
        changes: dict[str, Any] = {module: getattr(pull, module) + page.kept}
        if module == "locations":
            changes |= {"pages": pull.pages + 1, "total": total}
        self._update(
            refused=pull.refused + len(page.refused),
            incorrect=pull.incorrect + len(page.incorrect),
            **changes,
        )

    def _since(self) -> Any:
        complete_at = self._database.setting(COMPLETE_SETTING)
        return parse_datetime(complete_at) - OVERLAP if complete_at else None

    def _conclude(self, mode: PullMode, modules: list[str]) -> None:
        pull = self._pull
        if pull is None:
            return
        # Only all pages together, unfiltered, are the new truth (OCPI 2.2.1, mod_locations,
        # GET List: Response Data).
        if mode is PullMode.FULL:
            listed = [name for name in modules if name not in EVENTS]
            removed = sum(self._received[name].remove_unseen(self._number) for name in listed)
            self._update(removed=removed)
        self._database.set_setting(COMPLETE_SETTING, pull.started_at)
        self._finish(PullOutcome.COMPLETE, None)

    def _finish(self, outcome: PullOutcome, message: str | None) -> None:
        self._update(outcome=outcome, message=message, finished_at=now())

    def _update(self, **changes: Any) -> None:
        with self._wake:
            if self._pull is not None:
                self._pull = replace(self._pull, **changes)
