"""One portal on one machine: made ready, run, stopped."""

import gc
import logging
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from celery.bin.celery import main as celery
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from roaming import demo, demo_charges, demo_locations, staff, staticfiles
from roaming.environment import Instance, MisconfiguredError

from . import forks, web
from .database import check_database, revive
from .locks import locked_or
from .processes import ChildProcess
from .supervisor import Supervisor

logger = logging.getLogger(__name__)

Say = Callable[[str], None]
Invitation = dict[str, str]


@dataclass(frozen=True)
class Prepared:
    """What was made ready: invitations for the simulated partner and back office, None to leave one out.

    An invitation holds `versions_url` and the one-time `token`, or nothing when its simulator is registered.
    """

    invitation: Invitation | None = None
    back_office: Invitation | None = None
    logins: list[staff.Login] = field(default_factory=list)
    has_administrator: bool = False


class Portal:
    """The portal of these settings. `say` shows one line to whoever started it.

    Its processes are copies of this one (`forks`), which therefore has all of it loaded, and no connection.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._prepared = Prepared()
        self._finance: forks.Fork | None = None

    def run(self) -> None:
        """Prepare and run until a stop signal. Raises MisconfiguredError or CannotStartError."""
        with only_one():
            _check_ports()
            check_database()
            # What is there now stays for good; the copies need not look through it for garbage.
            gc.freeze()
            self._prepared = forks.answer_of(self._prepare)
            supervisor = Supervisor(
                processes(self._say, self._prepared),
                revive_database=self._look_after,
                say=self._say,
            )
            try:
                supervisor.run(is_ready=_answers, when_ready=self._introduce)
            finally:
                if self._finance is not None:
                    self._finance.kill()

    def _look_after(self) -> None:
        revive(settings.EMBEDDED, self._say)
        if self._finance is not None:
            # One that has ended is gone only when it was asked.
            self._finance.poll()

    def _prepare(self) -> Prepared:
        remembered = Instance(
            settings.PORT, settings.DEMO, settings.BASE_URL, settings.ALLOW_PRIVATE_ADDRESSES
        )
        remembered.save(settings.VAR_DIR)
        self._say("Preparing the database …")
        call_command("migrate", interactive=False, verbosity=0)
        if staticfiles.collect():
            self._say("Collected the static files.")
        if not settings.DEMO:
            staff.lock_demo_logins()
            return Prepared(has_administrator=staff.has_administrator())
        logins = staff.make_demo_logins()
        invitation = demo.prepare()
        if invitation is None:
            self._say("The portal holds data of its own: no demo data, no simulated partner.")
            return Prepared(logins=logins)
        return Prepared(invitation, demo_charges.prepare(), logins)

    def _introduce(self) -> None:
        self._say("")
        self._say(f"The portal is ready:  {settings.BASE_URL}/")
        self._say(f"OCPI versions URL:    {settings.BASE_URL}/ocpi/versions")
        for login in self._prepared.logins:
            self._say(f"Log in as:            {login.username} / {login.password}")
        if not settings.DEMO and not self._prepared.has_administrator:
            self._say(f"First administrator:  {sys.executable} manage.py createsuperuser")
        self._say(f"Logs:                 {settings.VAR_DIR / 'log'}")
        self._say("Stop with Ctrl-C.")
        if settings.DEMO:
            # Nobody waits for it: the pages work, and last month appears on them within seconds.
            self._finance = forks.beside("portal-demo", _fill_finance)


def _fill_finance() -> None:
    # Only here: what makes last month is not kept in memory where there is no demo.
    from roaming import demo_finance

    try:
        demo_finance.prepare()
    except Exception:
        # The next start tries again; the portal runs without.
        logger.exception("The demo of finance could not be made ready.")
    finally:
        connection.close()


def processes(say: Say, prepared: Prepared) -> list[ChildProcess]:
    """The portal's processes in the order they start and stop."""
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    threads = ["--pool", "threads", "--concurrency", str(settings.WORKER_THREADS)]
    schedule = str(_folder("beat") / "schedule")
    logs = _folder("log")
    server = [sys.executable, "-m", "roaming.embedded.web"]
    children = [
        ChildProcess("web", server, logs / "web.log", say, part=web.serve),
        _celery(say, "worker", [*threads, *quiet], logs),
        _celery(say, "beat", ["--schedule", schedule, "--pidfile="], logs),
    ]
    if prepared.invitation is not None:
        options = _registering(prepared.invitation, demo.VERSION)
        children.append(_simulator(say, "simulator", settings.PORT + 1, options, logs))
    if prepared.back_office is not None:
        party = [*("--party", str(demo_locations.PARTY)), *("--name", demo_locations.OPERATOR)]
        things = ["--load", str(settings.VAR_DIR / demo_charges.FILE_NAME)]
        # Our EVSEs change when somebody charges there, and rarely otherwise.
        options = [*party, *things, *("--changes-per-minute", "2", "--seed", "2")]
        options += _registering(prepared.back_office, demo_charges.VERSION)
        children.append(_simulator(say, "back-office", settings.PORT + 2, options, logs))
    return children


def _celery(say: Say, name: str, options: list[str], logs: Path) -> ChildProcess:
    arguments = ["celery", "-A", "roaming", name, *options]
    # A worker would run all of Django's checks and say nothing of what they find.
    environment = {"CELERY_SKIP_CHECKS": "on"}
    command = [sys.executable, "-m", *arguments]
    part = forks.command_line(celery, arguments)
    return ChildProcess(name, command, logs / f"{name}.log", say, environment, part=part)


def _registering(invitation: Invitation, version: str) -> list[str]:
    if not invitation:
        return []
    # Anybody may read the token here, but it is good for one use only, at once.
    address = ["--versions-url", invitation["versions_url"], "--token", invitation["token"]]
    return [*address, "--connect-at", version]


def _simulator(say: Say, name: str, port: int, options: list[str], logs: Path) -> ChildProcess:
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--lively"]
    command += ["--data-dir", str(_folder(name)), *options]
    # Others on this machine may read a command line, but not the environment.
    environment = {"SIMULATOR_CONTROL_KEY": settings.SIMULATOR_CONTROL_KEY}
    return ChildProcess(name, command, logs / f"{name}.log", say, environment)


def _folder(name: str) -> Path:
    folder: Path = settings.VAR_DIR / name
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def only_one() -> AbstractContextManager[None]:
    """Holds VAR_DIR for one portal; entering raises MisconfiguredError while another has it."""
    reason = f"a portal is running in {settings.VAR_DIR}"
    return locked_or(settings.VAR_DIR / "run.lock", MisconfiguredError("VAR_DIR", reason))


def _check_ports() -> None:
    count = 3 if settings.DEMO else 1
    ports = range(settings.PORT, settings.PORT + count)
    for port in ports:
        try:
            address = (settings.BIND_ADDRESS, port)
            socket.create_server(address, reuse_port=False).close()
        except OSError as error:
            where = f"{settings.BIND_ADDRESS}:{port}"
            reason = f"cannot listen on {where} ({error.strerror}); make run PORT={port + 10}"
            raise MisconfiguredError("PORT", reason) from None


def _answers() -> bool:
    try:
        with urllib.request.urlopen(
            f"http://{settings.BIND_ADDRESS}:{settings.PORT}/healthz", timeout=2
        ) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
