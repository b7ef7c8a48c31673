"""A PATCH of one EVSE's status from our back office, with ten partners to tell."""

from __future__ import annotations

import os
import pickle
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import portal

PARTNERS = 10
EVSES = 200


def patch(rounds: int) -> None:
    """Each status is another than the last, so that each one changes something."""
    office = portal.partner("Back office", "NL*BEN", "CPO", kind="back_office")
    for number in range(PARTNERS):
        portal.partner(f"Told {number}", f"NL*T{number:02}", "EMSP", pushes=True)
    evses = _some_evses(2 * EVSES)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCH_SCRIPT"] = str(Path(folder) / "script")
        _record(office, evses[EVSES:], Path(os.environ["BENCH_SCRIPT"]))
        with portal.web_server() as web, portal.web_server("bench.bare") as bare:
            ours, theirs = portal.paired(
                lambda n: portal.call(
                    web, "PATCH", evses[n % EVSES], office.authorization, _body(n)
                ),
                lambda n: portal.call(bare, "PATCH", f"/bare/{n % EVSES}", "-", _body(n)),
                rounds,
            )
    _check_deliveries()
    portal.report(
        f"status PATCH, {PARTNERS} partners told", ours, theirs, 2.5, "bare view, same SQL"
    )


def _some_evses(count: int) -> list[str]:
    from locations.models import EVSE

    rows = EVSE.objects.order_by("location_id").values_list("location__location_id", "uid")
    base = "/ocpi/2.2.1/receiver/locations/NL/BEN"
    return [f"{base}/{location}/{uid}" for location, uid in rows[:count]]


def _body(number: int) -> bytes:
    status = "CHARGING" if number // EVSES % 2 else "BLOCKED"
    at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=number + 100)
    return f'{{"status":"{status}","last_updated":"{at:%Y-%m-%dT%H:%M:%SZ}"}}'.encode()


def _record(office: portal.Partner, paths: list[str], script: Path) -> None:
    """Run each PATCH once in this process and keep its statements for the bare view."""
    from django.db import connection as database
    from django.test import Client

    from bench.bare import STATUS, TIME

    client, recorded = Client(HTTP_HOST="localhost"), []
    for path in paths:
        statements: list[tuple[str, Any]] = []

        def keep(
            run: Any, sql: str, params: Any, many: bool, context: Any, to: Any = statements
        ) -> Any:
            if sql.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "WITH")):
                to.append((sql, params))
            return run(sql, params, many, context)

        with database.execute_wrapper(keep):
            answer = client.patch(
                path,
                {"status": STATUS, "last_updated": f"{TIME:%Y-%m-%dT%H:%M:%SZ}"},
                content_type="application/json",
                headers={"Authorization": office.authorization},
            )
        assert answer.status_code == 200, answer.content
        recorded.append(statements)
    script.write_bytes(pickle.dumps(recorded))
    print(f"patch: {len(recorded[0])} statements each")


def _check_deliveries() -> None:
    from exchange.models import Delivery, Exchange

    assert Delivery.objects.pending().count() >= PARTNERS
    assert Exchange.objects.filter(method="PATCH").exclude(outcome="ok").count() == 0
