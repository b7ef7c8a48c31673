"""Finance sets the checks, tries them out and runs them again, in the browser's pages."""

from __future__ import annotations

import pytest
from django.test import Client

from exchange.models import Job
from parties.models import Event
from review import again, trials
from review.choices import ReviewState
from review.models import CDRReview, CheckSetting, Trial
from roaming import permissions
from tests.cdrs.support import cpo
from tests.review import support
from tests.review.support import check, right
from tests.staff.conftest import LogIn, log_in

__all__ = ["log_in"]

pytestmark = pytest.mark.django_db
CHECKS = "/admin/review/checksetting/"
ENERGY = f"{CHECKS}check/energy_much/"
MONTHS = {"first": "2026-01", "last": "2026-01"}


@pytest.fixture
def finance(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def test_every_check_is_listed_with_what_it_means(finance: Client) -> None:
    page = text(finance, CHECKS)
    assert "Price differs" in page
    assert "More energy than a battery holds" in page
    assert "Counts above: 150 kWh" in page


def test_a_check_is_set_for_everybody(finance: Client) -> None:
    assert "As usual: nobody has set it." in text(finance, ENERGY)
    given = {"kwh": "300", "enabled": "on", "severity": "note"}
    assert finance.post(ENERGY, given).status_code == 302
    row = CheckSetting.objects.get()
    assert (row.partner, row.parameters, row.severity) == (None, {"kwh": "300"}, "note")
    assert row.changed_by == "finance-member"
    page = text(finance, ENERGY)
    assert "finance-member" in page
    assert "300 kWh" in page


def test_a_value_that_makes_no_sense_is_said_and_not_kept(finance: Client) -> None:
    response = finance.post(ENERGY, {"kwh": "-5", "enabled": "on", "severity": "hold"})
    assert response.status_code == 200
    assert "greater than or equal to 0" in response.content.decode()
    assert not CheckSetting.objects.exists()


def test_a_partner_has_an_exception_and_loses_it_again(finance: Client) -> None:
    partner = cpo()
    given = {"partner": partner.pk, "kwh": "500", "enabled": "on", "severity": "hold"}
    assert finance.post(f"{ENERGY}partner/", given).status_code == 302
    row = CheckSetting.objects.get()
    assert row.partner == partner
    assert "500" in text(finance, f"{ENERGY}partner/?partner={partner.pk}")
    assert "Another way for 1 partner" in text(finance, CHECKS)
    usual = f"{CHECKS}{row.pk}/usual/"
    assert "like everybody" in text(finance, usual)
    assert CheckSetting.objects.exists()
    assert finance.post(usual).status_code == 302
    assert not CheckSetting.objects.exists()
    assert Event.objects.filter(subject="check:energy_much").count() == 2


def test_a_check_is_tried_out_and_switched_on_like_that(finance: Client) -> None:
    check(right())
    form = text(finance, f"{ENERGY}try/")
    assert 'type="month"' in form
    response = finance.post(f"{ENERGY}try/", {"kwh": "5", "of": "", **MONTHS})
    trial = Trial.objects.get()
    assert response.status_code == 302
    assert "It is not finished." in text(finance, response["Location"])
    trials.run(Job.objects.get(kind="trial"))
    page = text(finance, response["Location"])
    assert "It would have flagged 1 of 1 CDRs, EUR 2.50; 1 of them nothing else flags." in page
    assert "C1" in page
    assert str(cpo()) in page
    assert support.review().state == ReviewState.CLEAN
    switch = f"/admin/review/trial/{trial.pk}/switch_on/"
    assert "Counts above: 5 kWh" in text(finance, switch)
    response = finance.post(switch, {"severity": "hold", "past": "on"})
    assert CheckSetting.objects.get().parameters == {"kwh": "5"}
    job = Job.objects.get(kind="recheck")
    assert response["Location"].endswith(f"/job/{job.pk}/change/")
    again.run(job)
    assert support.review().reasons == ["energy_much"]
    assert "CDRs to review" in text(finance, response["Location"])
    assert "energy" in text(finance, "/admin/review/trial/")


def test_the_months_of_a_trial_are_said_right_or_not_begun(finance: Client) -> None:
    response = finance.post(f"{ENERGY}try/", {"kwh": "5", "first": "soon", "last": "2026-01"})
    assert "such as 2026-01" in response.content.decode()
    response = finance.post(f"{ENERGY}try/", {"kwh": "5", "first": "2026-02", "last": "2026-01"})
    assert "ends before it begins" in response.content.decode()
    assert not Trial.objects.exists()


def test_the_past_is_checked_again_from_the_page(finance: Client) -> None:
    check(right())
    response = finance.post(f"{CHECKS}again/", {"of": "", **MONTHS})
    job = Job.objects.get(kind="recheck")
    assert response["Location"].endswith(f"/job/{job.pk}/change/")
    assert Event.objects.filter(name="review.recheck").exists()


def test_who_only_looks_changes_nothing(log_in: LogIn) -> None:
    viewer = log_in(permissions.VIEWERS)
    assert "/try/" not in text(viewer, ENERGY)
    assert "Counts above: 150 kWh" in text(viewer, ENERGY)
    given = {"kwh": "300", "enabled": "on", "severity": "note"}
    for url in (ENERGY, f"{ENERGY}partner/", f"{ENERGY}try/", f"{CHECKS}again/"):
        assert viewer.post(url, given).status_code == 403, url
    assert not CheckSetting.objects.exists()
    assert not Job.objects.exists()
    assert log_in("").get(CHECKS).status_code == 403


def test_pages_do_not_ask_more_for_more_checks(
    finance: Client, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        finance.get(CHECKS)
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        finance.get(ENERGY)
    assert not CDRReview.objects.exists()
