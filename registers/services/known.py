"""The registers that there are, as far as the portal knows of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from registers.choices import CodeRole, RegisterFormat
from registers.models import Register

_BOTH = [CodeRole.CPO.value, CodeRole.EMSP.value]
_OPERATORS = [CodeRole.CPO.value]


class Known(NamedTuple):
    """A public register: its name, who keeps it, of which countries, in which form, and where."""

    name: str
    authority: str
    jurisdictions: tuple[str, ...]
    format: RegisterFormat = RegisterFormat.PLAIN
    url: str = ""
    homepage: str = ""
    roles: list[str] = _BOTH
    notes: str = ""


KNOWN: dict[str, Known] = {
    "gb-evroam": Known(
        "EV Roam",
        "EV Roam",
        ("GB",),
        RegisterFormat.EVROAM,
        "https://evroam.org.uk/_functions/getRegister",
        "https://evroam.org.uk/",
        notes="Its Irish codes are no longer its own: since 2026 Ireland's register is that of TII.",
    ),
    "ie-tii": Known(
        "TII IDRO Public Register",
        "Transport Infrastructure Ireland",
        ("IE",),
        RegisterFormat.TII,
        homepage="https://www.tii.ie/",
        notes="A PDF of a date; its address changes with each.",
    ),
    "benelux-idro": Known(
        "Benelux IDRO",
        "Benelux IDRO",
        ("BE", "NL", "LU"),
        RegisterFormat.BENELUX,
        "https://www.benelux-idro.eu/en/id-register/export",
        "https://www.benelux-idro.eu/",
    ),
    "de-bdew": Known(
        "BDEW", "BDEW", ("DE",), RegisterFormat.BDEW, homepage="https://bdew-codes.de/"
    ),
    "fr-afirev": Known(
        "AFIREV",
        "AFIREV / Avere-France",
        ("FR",),
        RegisterFormat.AFIREV,
        "https://api.afirev.fr/public/prefixes",
        "https://afirev.fr/",
    ),
    "pl-eipa": Known(
        "EIPA",
        "Urząd Dozoru Technicznego",
        ("PL",),
        RegisterFormat.EIPA,
        "https://eipa.udt.gov.pl/list/csv",
        "https://eipa.udt.gov.pl/",
        notes="Lists codes of other countries too.",
    ),
    "at-ladestellen": Known(
        "Ladestellen.at",
        "E-Control Austria",
        ("AT",),
        homepage="https://www.ladestellen.at/",
        roles=_OPERATORS,
    ),
    "ch-suisseenergie": Known("SuisseEnergie", "Swiss Federal Office of Energy", ("CH",)),
    "cy-ems": Known("EMS", "Department of Electrical and Mechanical Services", ("CY",)),
    "dk-fstyr": Known("Færdselsstyrelsen", "Danish Road Traffic Authority", ("DK",)),
    "es-ripree": Known("RIPREE", "Ministerio para la Transición Ecológica", ("ES",)),
    "fi-traficom": Known("Traficom", "Finnish Transport and Communications Agency", ("FI",)),
    "gr-electrokinisi": Known(
        "Hellenic IDRO", "Hellenic Ministry of Infrastructure and Transport", ("GR",)
    ),
    "hr-croidro": Known("CRO IDRO", "CRO IDRO", ("HR",)),
    "hu-idro": Known("Hungarian IDRO", "Hungarian ID Registration Office", ("HU",)),
    "lt-vialietuva": Known("Via Lietuva", "Via Lietuva", ("LT",), roles=_OPERATORS),
    "lv-lvceli": Known("LVC IDRO Register", "Latvijas Valsts ceļi", ("LV",)),
    "pt-mobie": Known("MOBI.E IDACS", "MOBI.E", ("PT",)),
    "se-energimyndigheten": Known("Energimyndigheten IDRO", "Swedish Energy Agency", ("SE",)),
    "si-nap": Known(
        "Slovenian NAP",
        "Ministry of the Environment, Climate and Energy",
        ("SI",),
        roles=_OPERATORS,
    ),
}


def ensure_known(key: str) -> Register:
    """The register of a key, made if it is not here: from :data:`KNOWN`, else with nothing but its key."""
    return Register.objects.get_or_create(key=key[:40], defaults=_defaults(key))[0]


def _defaults(key: str) -> dict[str, Any]:
    known = KNOWN.get(key)
    if known is None:
        return {"name": key, "is_official": False}
    return {**known._asdict(), "jurisdictions": list(known.jurisdictions)}
