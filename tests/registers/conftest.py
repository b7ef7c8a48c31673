"""Fixtures of the registers' tests."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.staff.conftest import log_in

__all__ = ["log_in"]


@pytest.fixture
def staff_client(db: None) -> Client:
    """Somebody called ada who may do everything."""
    client = Client()
    client.force_login(
        User.objects.create_superuser("ada", password="long-enough-1"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client
