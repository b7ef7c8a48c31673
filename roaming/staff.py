"""The demo's logins: one for each group of `roaming.permissions`."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.db import transaction

from .permissions import GROUPS

DEMO_PASSWORD = "roaming-demo"  # noqa: S105 - shown on purpose, and only where DEMO is on


@dataclass(frozen=True)
class Login:
    """A login of the demo."""

    username: str
    password: str


@transaction.atomic
def make_demo_logins() -> list[Login]:
    """One login for each group; administration is a superuser. Changed passwords stay changed."""
    logins = []
    for name in GROUPS:
        user, created = User.objects.get_or_create(
            username=name,
            defaults={"is_staff": True, "is_superuser": name == "administration"},
        )
        if created or not user.has_usable_password():
            user.set_password(DEMO_PASSWORD)
            user.save()
        if created:
            user.groups.add(Group.objects.get(name=name))
        if user.check_password(DEMO_PASSWORD):
            logins.append(Login(name, DEMO_PASSWORD))
    return logins


def lock_demo_logins() -> None:
    """Take the well-known password away from every login that still has it."""
    for user in User.objects.filter(username__in=GROUPS):
        if user.check_password(DEMO_PASSWORD):
            user.set_unusable_password()
            user.save()


def has_administrator() -> bool:
    """Is there anybody who may do everything and can log in?"""
    administrators = User.objects.filter(is_superuser=True, is_active=True)
    return any(user.has_usable_password() for user in administrators)
