"""Staff with each group's rights, and a partner to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client

from parties.models import Connection
from roaming import permissions
from tests import builders

LogIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def no_cached_figures() -> None:
    cache.clear()


@pytest.fixture
def log_in(db: None) -> LogIn:
    """A client logged in as a member of a group; ``""`` is a staff member of none."""
    permissions.ensure_groups()

    def as_member(group: str) -> Client:
        user = User.objects.create_user(
            f"{group or 'nobody'}-member", password="long-enough-1", is_staff=True
        )
        if group:
            user.groups.add(Group.objects.get(name=group))
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return as_member


@pytest.fixture
def connection(db: None) -> Connection:
    builders.party("NL*ABC", "CPO", ours=True)
    made = builders.connection("Example Mobility", speaks_for=(builders.party("DE*XYZ", "EMSP"),))
    made.versions_url = "https://partner.example/versions"
    made.save()
    return made
