"""The pages of dialects, data quality and quarantine, as staff see and use them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from exchange.choices import QuarantineState
from exchange.models import Job, Quarantined, WarningDay
from exchange.quality import deviations, figures, losses, quarantine, words
from exchange.registry import Source
from locations import services
from locations.models import Location
from ocpi.dialect import TO_THE_LETTER
from ocpi.dialects import PRESETS, QUESTIONS
from ocpi.errors import Problem
from ocpi.lenient.codes import CODES
from parties.models import Connection, Event
from roaming import permissions
from tests import builders
from tests.staff.conftest import LogIn

pytestmark = pytest.mark.django_db


def counted(connection: Connection | None, code: str, times: int = 1, objects: int = 0) -> None:
    value = "0.21" if code.startswith("vat") else " Gent"
    problem = Problem(code, "city", CODES[code], value)
    seen = [(f"NL*ABC/LOC{number}", problem) for number in range(times)]
    deviations.count_warnings(connection, "locations", seen, objects=objects)


# --- Dialect -----------------------------------------------------------------------------------------


def dialect_url(connection: Connection) -> str:
    return reverse("admin:parties_connection_dialect", args=[connection.pk])


def answers(**given: Any) -> dict[str, Any]:
    """What the form sends; switches that are off are not there."""
    plain = {"token_in": "version", "token_out": "version", "name_party": "auto"}
    return {**plain, "page_size": "0", "pause_seconds": "0", "routing_headers": "on"} | {
        "date_filters": "on",
        **given,
    }


def test_every_field_is_a_question_with_an_example(log_in: LogIn, connection: Connection) -> None:
    shown = log_in(permissions.OPERATIONS).get(dialect_url(connection)).content.decode()
    assert {q.field for q in QUESTIONS} == set(TO_THE_LETTER.__dataclass_fields__)
    for question in QUESTIONS:
        assert question.question in shown
        assert question.example
    for preset in PRESETS:
        assert preset.title in shown


def test_a_preset_fills_in_and_saves_nothing(log_in: LogIn, connection: Connection) -> None:
    client = log_in(permissions.OPERATIONS)
    shown = client.get(dialect_url(connection) + "?preset=no-patch").content.decode()
    connection.refresh_from_db()
    assert "is filled in, and not saved yet" in shown
    assert connection.dialect == TO_THE_LETTER


def test_what_is_saved_is_on_the_connections_page_with_an_event(
    log_in: LogIn, connection: Connection
) -> None:
    client = log_in(permissions.OPERATIONS)
    given = answers(whole_objects="on", pause_seconds="1.5", page_size="50")
    shown = client.post(dialect_url(connection), given, follow=True).content.decode()
    connection.refresh_from_db()

    assert connection.dialect_settings == {
        "whole_objects": True,
        "page_size": 50,
        "pause_seconds": 1.5,
    }
    assert "Differs from OCPI in:" in shown
    assert "gets whole objects, never a PATCH" in shown
    assert "1.5 s between two pages" in shown
    event = Event.objects.get(name="connection.dialect")
    assert (event.actor, event.connection) == ("operations-member", connection)


def test_a_wrong_answer_is_told_and_nothing_is_saved(log_in: LogIn, connection: Connection) -> None:
    client = log_in(permissions.OPERATIONS)
    given = answers(page_size="-1", whole_objects="on")
    shown = client.post(dialect_url(connection), given).content.decode()
    connection.refresh_from_db()
    assert "greater than or equal to 0" in shown
    assert connection.dialect_settings == {}


def test_viewers_neither_change_nor_apply(log_in: LogIn, connection: Connection) -> None:
    client = log_in(permissions.VIEWERS)
    counted(connection, "vat_implausible")
    apply = reverse(
        "admin:parties_connection_suggestion_apply", args=[connection.pk, "vat_as_fraction"]
    )
    page = client.get(reverse("admin:parties_connection_change", args=[connection.pk]))
    assert client.get(dialect_url(connection)).status_code == 403
    assert client.post(apply).status_code == 403
    assert "Does it send VAT as a fraction? Yes." in page.content.decode()
    assert apply not in page.content.decode()


def test_not_now_takes_the_suggestion_away(log_in: LogIn, connection: Connection) -> None:
    client = log_in(permissions.OPERATIONS)
    counted(connection, "vat_implausible")
    quality_page = reverse("admin:exchange_warningcount_partner", args=[connection.pk])
    dismiss = reverse(
        "admin:parties_connection_suggestion_dismiss", args=[connection.pk, "vat_as_fraction"]
    )
    answer = client.post(dismiss, {"back": quality_page})
    assert answer.headers["Location"] == quality_page
    assert dismiss not in client.get(quality_page).content.decode()
    # Nobody is sent elsewhere.
    answer = client.post(dismiss, {"back": "https://elsewhere.example/"}, follow=True)
    assert "This is not suggested any more." in answer.content.decode()


# --- Data quality ------------------------------------------------------------------------------------


def partner_page(log_in: LogIn, connection: Connection | None, group: str = "viewers") -> str:
    key = connection.pk if connection else 0
    url = reverse("admin:exchange_warningcount_partner", args=[key])
    return log_in(group).get(url).content.decode()


def test_a_deviation_with_what_was_done_and_what_to_ask(
    log_in: LogIn, connection: Connection
) -> None:
    counted(connection, "text_untrimmed", times=3, objects=4)
    shown = partner_page(log_in, connection)
    assert "A text began or ended with spaces." in shown
    assert words.DONE["text_untrimmed"] in shown
    assert words.ASK["text_untrimmed"] in shown
    assert "75%" in shown
    assert "To write to the partner" in shown
    assert "3 times in the last 7 days" in shown


def test_every_code_has_words() -> None:
    assert set(CODES) <= set(words.ASK)
    assert set(CODES) <= set(words.DONE)


def test_the_trend_compares_two_weeks(connection: Connection) -> None:
    counted(connection, "text_untrimmed", times=2)
    WarningDay.objects.update(day=figures._today() - figures.WEEK)
    counted(connection, "text_untrimmed", times=5)
    [found] = figures.of(connection)
    assert (found.today, found.week, found.before, found.row.count) == (5, 5, 2, 7)
    assert figures.summary(connection)[:3] == (5, 2, 1)


def test_days_that_no_page_shows_are_forgotten(connection: Connection) -> None:
    counted(connection, "text_untrimmed")
    WarningDay.objects.update(day=figures._today() - timedelta(days=100))
    assert figures.forget_old() == 1
    assert not WarningDay.objects.exists()


def test_evse_ids_at_several_locations(log_in: LogIn, connection: Connection) -> None:
    cache.clear()
    owner = builders.party("NL*ABC", ours=True)
    for name in ("LOC1", "LOC2"):
        services.put_location(owner, builders.location(name), source=connection)
    shown = partner_page(log_in, connection)
    assert "EVSE IDs occur at several locations" in shown
    assert "NL*ABC*E3256: 2 locations" in shown


def test_losses_and_refusals(log_in: LogIn, connection: Connection) -> None:
    lost = Problem("value_not_in_version", "evses.0.capabilities.1", "", "NEW_ONE")
    losses.count(connection, "locations", "2.2.1", "NL*ABC/LOC1", [lost])
    cpo = builders.partner("Pushing", speaks_for=(builders.party("BE*CPO"),))
    cpo.put("receiver/locations/BE/CPO/LOC1", {"id": "LOC1"})

    told, refused = (
        partner_page(log_in, connection),
        partner_page(log_in, cpo.connection, "finance"),
    )
    assert "evses.capabilities" in told
    assert "NEW_ONE" in told
    assert "Field required" in refused
    assert "A required field is missing." in refused


def test_the_page_of_files(log_in: LogIn) -> None:
    counted(None, "text_untrimmed")
    shown = partner_page(log_in, None)
    assert "Files and our own entries" in shown
    assert "A text began or ended with spaces." in shown


def test_all_partners_at_a_glance(log_in: LogIn, connection: Connection) -> None:
    counted(connection, "text_untrimmed", times=2)
    counted(connection, "vat_implausible")
    shown = log_in(permissions.VIEWERS).get("/admin/exchange/warningcount/").content.decode()
    assert reverse("admin:exchange_warningcount_partner", args=[connection.pk]) in shown
    assert "A text began or ended with spaces." in shown


def test_as_csv(log_in: LogIn, connection: Connection) -> None:
    counted(connection, "text_untrimmed", times=2)
    url = reverse("admin:exchange_warningcount_csv", args=[connection.pk])
    answer = log_in(permissions.VIEWERS).get(url)
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("module,code,count")
    assert lines[1].startswith("locations,text_untrimmed,2")
    assert "A text began or ended with spaces." in lines[1]


def test_those_who_see_no_deviations_see_no_page(log_in: LogIn, connection: Connection) -> None:
    url = reverse("admin:exchange_warningcount_partner", args=[connection.pk])
    assert log_in("").get(url).status_code == 403


# --- Quarantine --------------------------------------------------------------------------------------


@pytest.fixture
def rejected() -> Quarantined:
    document = {k: v for k, v in builders.location().items() if k != "id"}
    services.receive(builders.raw(document), Source("a file", "2.2.1"))
    return Quarantined.objects.get()


def test_a_text_is_checked_while_it_is_edited(log_in: LogIn, rejected: Quarantined) -> None:
    client = log_in(permissions.OPERATIONS)
    url = reverse("admin:exchange_quarantined_check", args=[rejected.pk])
    document = json.loads(quarantine.original(rejected))
    wrong = client.post(url, {"text": json.dumps(document)}).json()
    right = client.post(url, {"text": json.dumps({**document, "id": "LOC1"})}).json()
    owner = client.post(url, {"text": "{}", "owner": "nobody"}).json()

    assert [problem["path"] for problem in wrong["problems"]] == ["id"]
    assert right == {"problems": []}
    assert "NL*ABC" in owner["problems"][0]["message"]
    assert not Location.objects.exists()
    assert log_in(permissions.VIEWERS).post(url, {"text": "{}"}).status_code == 403


def test_all_that_a_filter_shows_is_tried_again(log_in: LogIn, rejected: Quarantined) -> None:
    client = log_in(permissions.OPERATIONS)
    url = reverse("admin:exchange_quarantined_try_again")
    listed = reverse("admin:exchange_quarantined_changelist") + "?code=id_missing"
    assert f"{url}?code=id_missing" in client.get(listed).content.decode()
    nothing = client.get(url + "?code=too_deep", follow=True).content.decode()
    asked = client.get(url + "?code=id_missing").content.decode()
    client.post(url + "?code=id_missing")

    assert "Nothing that waits matches" in nothing
    assert "Try to take in 1 object again?" in asked
    job = Job.objects.get()
    assert (job.kind, job.parameters["ids"]) == ("retake", [rejected.pk])
    assert log_in(permissions.VIEWERS).post(url).status_code == 403


def test_the_list_is_filtered_by_problem(log_in: LogIn, rejected: Quarantined) -> None:
    client = log_in(permissions.VIEWERS)
    listed = reverse("admin:exchange_quarantined_changelist")
    page = reverse("admin:exchange_quarantined_change", args=[rejected.pk])
    assert page in client.get(f"{listed}?code=id_missing").content.decode()
    assert page not in client.get(f"{listed}?code=too_deep").content.decode()


def test_the_page_of_a_push_says_where_it_wanted_to_go(log_in: LogIn) -> None:
    cpo = builders.partner(speaks_for=(builders.party("NL*ABC"),))
    cpo.put("receiver/locations/NL/ABC/LOC1/3256", {"status": "AVAILABLE"})
    row = Quarantined.objects.get()
    page = reverse("admin:exchange_quarantined_change", args=[row.pk])
    shown = log_in(permissions.OPERATIONS).get(page).content.decode()
    assert "NL*ABC/LOC1/3256" in shown
    assert "PUT evse" in shown


def test_what_is_old_is_deleted(rejected: Quarantined, settings: Any) -> None:
    settings.QUARANTINE_RETENTION_DAYS = 0
    assert rejected.state == QuarantineState.OPEN
    assert quarantine.forget_old() == 1
