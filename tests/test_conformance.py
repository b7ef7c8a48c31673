"""Every rule of OCPI that concerns the portal's modules has a test, or a reason why it has none."""

from __future__ import annotations

import pytest

from tests import conformance
from tests.test_docs import page


@pytest.mark.parametrize("identifier", conformance.ids())
def test_a_rule_is_shown_by_a_test_or_says_why_not(identifier: str) -> None:
    (rule,) = (rule for rule in conformance.rules() if rule.id == identifier)
    assert bool(rule.tests) != bool(rule.reason)


def test_the_page_is_what_the_tests_say() -> None:
    assert page("docs/conformance.md") == conformance.document()
