"""Words in a Location's name that say it is not for drivers: test sites, sites taken down."""

from __future__ import annotations

import re

_WORDS = (
    r"test(?:ing|s)?|testlocation|testlocatie|teststation|testsite|dummy|demo",
    r"do not use|don't use|niet gebruiken|nicht (?:be)?nutzen|ne pas utiliser",
    r"decommissioned|out of service|not in use|dismantled|removed|buiten gebruik",
    r"au(?:ß|ss)er betrieb|abgebaut|stillgelegt|hors service|d[ée]mont[ée]e?|fuori servizio",
    r"fuera de servicio|wy[łl]ączon[ay]|nieczynn[ay]",
    r"тест(?:ов\w+)?|демонтирован\w*|не работает|выведен\w* из эксплуатации",
)
_MARKER = re.compile(rf"(?<!\w)(?:{'|'.join(_WORDS)})(?!\w)", re.IGNORECASE)


def marker_in(name: str) -> str | None:
    """The word that marks a test site or one that was taken down, if there is one."""
    lowered = name.lower()
    if lowered.isascii() and not _may_have_marker(lowered):
        return None
    found = _MARKER.search(name)
    return found[0] if found else None


def _may_have_marker(name: str) -> bool:
    """A piece of every marker, looked for first: the pattern is slow and nearly no name has one."""
    return (
        "test" in name
        or "demo" in name
        or "dummy" in name
        or " use" in name
        or "servi" in name
        or "gebrui" in name
        or "betrieb" in name
        or "nutzen" in name
        or "utilis" in name
        or "missioned" in name
        or "dismantled" in name
        or "removed" in name
        or "abgebaut" in name
        or "stillgelegt" in name
        or "nieczynn" in name
    )
