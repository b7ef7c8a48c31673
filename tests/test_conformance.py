"""Every rule of OCPI that concerns the portal's modules has a test, or a reason why it has none."""

from __future__ import annotations

import pytest

from tests import conformance
from tests.test_docs import page

RULES = conformance.rules()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_shown_by_a_test_or_says_why_not(rule: conformance.Rule) -> None:
    assert bool(rule.tests) != bool(rule.reason)


def test_the_page_is_what_the_tests_say() -> None:
    assert page("docs/conformance.md") == conformance.document()
