"""``python -m bench FIGURE``: see ``--help`` for the figures there are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from bench import checks, finance, locations, minting, portal, pricing, roundtrip, tariffs
from ocpi.versions import SUPPORTED

ALONE: dict[str, Callable[[argparse.Namespace], int]] = {
    "roundtrip": roundtrip.run,
    "pricing": pricing.run,
    "tariffs": tariffs.run,
}
"""Figures that need no portal; they answer with how much went wrong."""
OF_A_PORTAL: dict[str, Callable[[argparse.Namespace], None]] = {
    "checks": checks.run,
    "finance": finance.run,
    "minting": minting.run,
}
"""Figures of a portal that fill it themselves."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "figure",
        choices=[
            *locations.FIGURES,
            *ALONE,
            *OF_A_PORTAL,
        ],
    )
    parser.add_argument("--feed", help="a file of locations, .json or .json.gz")
    parser.add_argument(
        "--count", type=int, default=20_000, help="made-up locations without a feed"
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument(
        "--tokens", type=int, default=1_000_000, help="of authorization: how many are stored"
    )
    parser.add_argument(
        "--seconds", type=int, default=60, help="of authorization: how long each part is measured"
    )
    parser.add_argument("--cdrs", type=int, default=100_000, help="of checks: how many are checked")
    parser.add_argument(
        "--months", type=int, default=9, help="of finance: how many months lie before the one"
    )
    parser.add_argument(
        "--stages",
        nargs="+",
        choices=finance.STAGES,
        help="of finance: only these, in a database that DATABASE_URL keeps in between",
    )
    parser.add_argument(
        "--workers", type=int, default=2, help="of checks: how many work side by side"
    )
    parser.add_argument(
        "--version",
        choices=["all", *SUPPORTED],
        default="all",
        help="of page and patch: compared with OCPI 2.2.1",
    )
    parser.add_argument(
        "--kind",
        choices=["location", "tariff", "token"],
        default="location",
        help="of a round trip",
    )
    parser.add_argument("--profile", action="store_true", help="of pricing: where the time goes")
    parser.add_argument(
        "--tariffs",
        nargs="+",
        metavar="FILE",
        help="of tariffs: lists of tariffs, .json or .json.gz",
    )
    parser.add_argument(
        "--of",
        choices=SUPPORTED,
        default=locations.BASELINE,
        help="of tariffs: the version they are written in",
    )
    options = parser.parse_args()
    if options.kind != "location" and not options.feed:
        parser.error(f"--kind {options.kind} needs a --feed: only locations are made up")
    if options.figure == "tariffs" and not options.tariffs:
        parser.error("tariffs needs --tariffs FILE")
    if options.figure in ALONE:
        sys.exit(1 if ALONE[options.figure](options) else 0)
    with portal.prepare():
        OF_A_PORTAL.get(options.figure, locations.run)(options)


if __name__ == "__main__":
    main()
