"""Each way of speaking OCPI wrong, as a portal meets it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from simulator.__main__ import _parser, _settings, main
from simulator.accents import ALL, PLAIN, Accent, parse_accent
from tests.simulator.support import Peer, Running, Start, wait_until


def speak(running: Running, **accent: bool) -> None:
    running.post("accent", **accent)


def ask(peer: Peer, path: str, method: str = "GET", **options: Any) -> requests.Response:
    return requests.request(
        method,
        f"{peer.base_url}/ocpi/{path}",
        headers=options.pop("headers", peer.authorization),
        allow_redirects=False,
        timeout=30,
        **options,
    )


def test_it_speaks_to_the_letter_unless_told_otherwise(operator: Running) -> None:
    assert operator.state()["accent"] == PLAIN.as_json()


def test_slashes_are_asked_for(operator: Running, peer: Peer) -> None:
    speak(operator, slashes=True)
    without = ask(peer, "2.2.1/sender/locations?limit=1")
    assert (without.status_code, without.headers["Location"]) == (
        308,
        "/ocpi/2.2.1/sender/locations/",
    )
    assert ask(peer, "2.2.1/sender/locations/?limit=1").status_code == 200


def test_tokens_are_raw(operator: Running, provider: Running, peer: Peer) -> None:
    speak(operator, raw_tokens=True)
    partner = provider.simulator.registration.partner
    assert partner is not None
    raw = {"Authorization": f"Token {partner.token}"}
    assert ask(peer, "2.2.1/sender/locations").status_code == 401
    assert ask(peer, "2.2.1/sender/locations", headers=raw).status_code == 200


def test_patch_is_not_known(operator: Running, peer: Peer) -> None:
    speak(operator, no_patch=True)
    answer = ask(peer, "2.2.1/receiver/locations/BE/SIB/X", "PATCH", json={})
    assert answer.status_code == 405


def test_lists_have_numbers_as_text_and_local_times(operator: Running, peer: Peer) -> None:
    plain = ask(peer, "2.2.1/sender/locations?limit=1").json()["data"][0]
    speak(operator, numbers_as_text=True, local_times=True)
    odd = ask(peer, "2.2.1/sender/locations?limit=1").json()["data"][0]
    connector = odd["evses"][0]["connectors"][0]
    assert isinstance(connector["max_voltage"], str)
    assert odd["publish"] is True
    assert not odd["last_updated"].endswith("Z")
    assert odd["last_updated"] != plain["last_updated"].removesuffix("Z")


def test_pushes_are_whole_and_do_not_say_what_they_are(
    operator: Running, provider: Running
) -> None:
    location = operator.lines("own")[0]
    evse = location["evses"][0]
    spelled = Accent(nameless=True).spell_push(evse, location["time_zone"])
    assert "uid" not in spelled
    assert spelled["connectors"] == evse["connectors"]
    speak(operator, numbers_as_text=True)
    operator.post("status", location_id=location["id"], evse_uid=evse["uid"], status="OUTOFORDER")
    wait_until(lambda: operator.state()["own"]["pending_pushes"] == 0, "it has pushed")
    log = provider.control("GET", "requests").json()["requests"]
    assert log[-1]["method"] == "PUT"


@pytest.mark.parametrize(
    ("accent", "told"), [("numbers_as_text", "max_voltage"), ("nameless", "uid: Field required")]
)
def test_a_strict_partner_refuses_such_pushes_and_counts_them(
    operator: Running, provider: Running, accent: str, told: str
) -> None:
    speak(operator, **{accent: True})
    location, evse = operator.evse()
    operator.post("status", location_id=location["id"], evse_uid=evse["uid"], status="BLOCKED")
    wait_until(lambda: operator.state()["own"]["failed"] == 1, "the refusal")
    assert provider.violations() == {"invalid_object": 1}
    assert told in provider.state()["violations"]["kinds"][0]["example"]


def test_tariffs_have_numbers_as_text_too(operator: Running, peer: Peer) -> None:
    speak(operator, numbers_as_text=True)
    tariff = ask(peer, "2.2.1/sender/tariffs").json()["data"][0]
    assert tariff["elements"][0]["price_components"][0]["price"] == "0.42"


def test_an_accent_outlasts_a_restart(start: Start) -> None:
    first = start("NL*ONE")
    speak(first, nameless=True)
    first.simulator.stop()
    again = start("NL*ONE")
    assert again.state()["accent"]["nameless"] is True


@pytest.mark.parametrize(
    ("body", "message"),
    [({"lisp": True}, "lisp: not one of"), ({"nameless": 1}, "nameless: 1 is not true or false")],
)
def test_what_is_no_accent_is_refused(
    operator: Running, body: dict[str, Any], message: str
) -> None:
    answer = operator.control("POST", "accent", **body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    with pytest.raises(ValueError, match=message):
        parse_accent(body)


@pytest.mark.parametrize(
    ("text", "accent"),
    [("all", ALL), ("none", PLAIN), ("no_patch, slashes", Accent(no_patch=True, slashes=True))],
)
def test_the_command_line_names_accents(tmp_path: Path, text: str, accent: Accent) -> None:
    options = _parser().parse_args(["--data-dir", str(tmp_path), "--accent", text])
    assert _settings(options).accent == accent


def test_an_unknown_accent_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--data-dir", str(tmp_path), "--accent", "lisp"])
    assert "lisp: not one of" in capsys.readouterr().err
