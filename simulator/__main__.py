"""Command line: `python -m simulator --help`."""

import argparse
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from ocpi.ids import PartyId
from ocpi.urls import check_url
from ocpi.versions import SUPPORTED, Role
from simulator.accents import ALL, PLAIN, Accent, parse_accent
from simulator.application import DEFAULT_PARTY, Settings, Simulator
from simulator.charges.pace import LIMITS
from simulator.cpo import MAX_RATE

PACE = {
    "charges_per_minute": ("cards swiped at its EVSEs", "default: 0"),
    "commands_per_minute": ("commands of its drivers to the other side", "default: 0"),
    "charge_seconds": ("how long a charge takes", "default: 60"),
    "time_scale": ("energy as if a charge took so many times as long", "default: 40"),
    "mishaps": ("share of charges and commands that go wrong", "0 to 1, default: 0"),
    "wrong_bills": ("share of CDRs that bill something wrong", "0 to 1, default: 0"),
}
STOPPING = (signal.SIGTERM, signal.SIGINT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; return the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.versions_url is None) is not (options.token is None):
        parser.error("--versions-url and --token belong together")
    if options.connect_at and options.connect_at not in options.version:
        parser.error(f"--connect-at {options.connect_at} is not one of --version")
    level = logging.DEBUG if options.verbose else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(message)s")
    # Waited for instead of handled: a handler could interrupt what it then waits for.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        simulator = Simulator(_settings(options))
    except (OSError, sqlite3.Error) as error:
        print(f"simulator: cannot start: {error}", file=sys.stderr)
        return 1
    simulator.start()
    print(f"Simulated partner {options.party}: {simulator.identity.versions_url}", flush=True)
    if options.versions_url:
        simulator.connect_when_possible(options.versions_url, options.token, options.connect_at)
    signal.sigwait(STOPPING)
    simulator.stop()
    return 0


class _Parser(argparse.ArgumentParser):
    """Reports an error in one line."""

    def error(self, message: str) -> None:  # type: ignore[override]  # argparse says NoReturn
        self.exit(2, f"simulator: {message} (see --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m simulator", description=__doc__)
    add = parser.add_argument
    add("--port", type=_whole(0, 65535), default=0, help="port; 0 (default) takes a free one")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--base-url", type=_url, help="URL under which others reach it (default: the address)")
    add("--data-dir", type=Path, required=True, help="folder of its data; a restart continues")
    add("--versions-url", type=_url, help="versions URL of the portal to register with")
    add("--token", help="one-time token for that registration")
    add(
        "--version",
        type=_versions,
        default=SUPPORTED,
        help="versions it offers, with commas (default: 2.1.1,2.2.1,2.3.0)",
    )
    add(
        "--connect-at",
        choices=SUPPORTED,
        help="version to register at (default: the best that both sides have)",
    )
    add(
        "--role",
        type=_role,
        default=Role.CPO,
        help="cpo or emsp: what it is at OCPI 2.1.1, where one side has one role (default: cpo)",
    )
    add(
        "--parties",
        type=_whole(1, 99),
        default=1,
        help="how many CPOs it is platform of (default: %(default)s)",
    )
    add("--changes-per-minute", type=_rate, help="status changes (default: 60, or as before)")
    for name, (text, unit) in PACE.items():
        add(f"--{name.replace('_', '-')}", type=_pace(name), help=f"{text} ({unit}; or as before)")
    add(
        "--lively",
        action="store_true",
        help="charges and commands of every kind, unless set otherwise before",
    )
    add(
        "--load",
        type=Path,
        help="JSON file of what it has: an object of the lists locations, tariffs, tokens",
    )
    add("--locations", type=_whole(0, 200_000), default=120, help="default: %(default)s")
    add("--seed", type=int, default=1, help="same seed, same locations (default: %(default)s)")
    add(
        "--control-key",
        default=os.environ.get("SIMULATOR_CONTROL_KEY") or None,
        help="what X-Control-Key of /control requests has to be (default: SIMULATOR_CONTROL_KEY)",
    )
    add("--party", type=_party, default=DEFAULT_PARTY, help="default: %(default)s")
    add("--name", default="Simulated Charging", help="name of the party (default: %(default)s)")
    add(
        "--accent",
        type=_accent,
        help="what it does wrong on purpose: all, none, or names with commas such as"
        " raw_tokens,no_patch (default: as before)",
    )
    add("--verbose", action="store_true", help="log every request")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        data_dir=options.data_dir,
        host=options.host,
        port=options.port,
        base_url=options.base_url,
        party=options.party,
        name=options.name,
        locations=options.locations,
        seed=options.seed,
        changes_per_minute=options.changes_per_minute,
        control_key=options.control_key,
        versions=options.version,
        role=options.role,
        parties=options.parties,
        accent=options.accent,
        pace={name: value for name in PACE if (value := getattr(options, name, None)) is not None},
        lively=options.lively,
        load=options.load,
    )


def _whole(minimum: int, maximum: int):  # type: ignore[no-untyped-def]
    def convert(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not minimum <= int(text) <= maximum:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number from {minimum} to {maximum}"
            )
        return int(text)

    return convert


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= MAX_RATE:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {MAX_RATE:g}")
    return rate


def _pace(name: str):  # type: ignore[no-untyped-def]
    least, most = LIMITS[name]

    def convert(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")
        return value

    return convert


def _url(text: str) -> str:
    try:
        return check_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _versions(text: str) -> tuple[str, ...]:
    wanted = {version.strip() for version in text.split(",")}
    unknown = wanted - set(SUPPORTED)
    if unknown:
        raise argparse.ArgumentTypeError(f"{min(unknown)!r} is not one of {', '.join(SUPPORTED)}")
    return tuple(version for version in SUPPORTED if version in wanted)


def _role(text: str) -> Role:
    if text.upper() not in (Role.CPO, Role.EMSP):
        raise argparse.ArgumentTypeError(f"{text!r} is neither cpo nor emsp")
    return Role(text.upper())


def _accent(text: str) -> Accent:
    if text in ("all", "none"):
        return ALL if text == "all" else PLAIN
    try:
        return parse_accent({name.strip(): True for name in text.split(",")})
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _party(text: str) -> PartyId:
    try:
        return PartyId.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
