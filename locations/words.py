"""Plugs, power, opening times and addresses in plain words, for staff pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLUGS: dict[str, str] = {
    "IEC_62196_T2": "Type 2",
    "IEC_62196_T2_COMBO": "CCS (Combo 2)",
    "CHADEMO": "CHAdeMO",
    "IEC_62196_T1": "Type 1",
    "IEC_62196_T1_COMBO": "CCS (Combo 1)",
    "IEC_62196_T3A": "Type 3A",
    "IEC_62196_T3C": "Type 3C",
    "DOMESTIC_F": "Household socket, Schuko (F)",
    "DOMESTIC_E": "Household socket, French (E)",
    "DOMESTIC_G": "Household socket, British (G)",
    "DOMESTIC_J": "Household socket, Swiss (J)",
    "DOMESTIC_L": "Household socket, Italian (L)",
    "IEC_60309_2_single_16": "Blue camping plug, 16 A",
    "IEC_60309_2_three_16": "Red CEE plug, 16 A",
    "IEC_60309_2_three_32": "Red CEE plug, 32 A",
    "IEC_60309_2_three_64": "Red CEE plug, 64 A",
    "TESLA_S": "Tesla (Model S)",
    "TESLA_R": "Tesla (Roadster)",
    "SAE_J3400": "NACS",
    "GBT_AC": "GB/T AC",
    "GBT_DC": "GB/T DC",
    "CHAOJI": "ChaoJi",
    "MCS": "Megawatt (MCS)",
    "PANTOGRAPH_BOTTOM_UP": "Pantograph on the bus",
    "PANTOGRAPH_TOP_DOWN": "Pantograph on the mast",
}
"""Connector types by name; those left out are shown from their identifier."""

FORMATS = {"SOCKET": "socket", "CABLE": "fixed cable"}
POWER_TYPES = {
    "AC_1_PHASE": "AC, 1 phase",
    "AC_2_PHASE": "AC, 2 phases",
    "AC_2_PHASE_SPLIT": "AC, split phase",
    "AC_3_PHASE": "AC, 3 phases",
    "DC": "DC",
}
_PHASES = {
    "AC_1_PHASE": 1.0,
    "AC_2_PHASE": 2.0,
    "AC_2_PHASE_SPLIT": 2.0,
    "AC_3_PHASE": 3.0,
    "DC": 1.0,
}
# OCPI means the voltage to neutral; many state the one between two phases.
PHASE_TO_PHASE = 300
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def plug(standard: str) -> str:
    """A connector type in plain words."""
    known = PLUGS.get(standard)
    if known:
        return known
    if standard.startswith("DOMESTIC_"):
        return f"Household socket, type {standard.removeprefix('DOMESTIC_')}"
    return standard.replace("_", " ").strip()


def kilowatts(connector: Mapping[str, Any]) -> float | None:
    """A connector's power in kW: as stated, else from voltage, current and phases."""
    stated = connector.get("max_electric_power")
    if isinstance(stated, int | float) and stated > 0:
        return float(stated) / 1000
    volts, amperes = connector.get("max_voltage"), connector.get("max_amperage")
    if not isinstance(volts, int | float) or not isinstance(amperes, int | float):
        return None
    phases = _PHASES.get(str(connector.get("power_type")), 1.0)
    if phases == 3.0 and volts > PHASE_TO_PHASE:
        phases = 3.0**0.5
    watts = volts * amperes * phases
    return watts / 1000 if watts > 0 else None


def power(connector: Mapping[str, Any]) -> str:
    """``11 kW``, ``3.7 kW``; empty when it cannot be known."""
    value = kilowatts(connector)
    if value is None:
        return ""
    return f"{value:.0f} kW" if value >= 10 else f"{value:.1f} kW".replace(".0 kW", " kW")


def connector(document: Mapping[str, Any]) -> dict[str, str]:
    """A connector for people: ``plug``, ``power``, ``format``, ``electrics``, ``id``."""
    electrics = [
        f"{document['max_voltage']} V" if document.get("max_voltage") else "",
        f"{document['max_amperage']} A" if document.get("max_amperage") else "",
        POWER_TYPES.get(str(document.get("power_type")), ""),
    ]
    return {
        "id": str(document.get("id", "")),
        "plug": plug(str(document.get("standard", ""))),
        "power": power(document),
        "format": FORMATS.get(str(document.get("format")), ""),
        "electrics": ", ".join(part for part in electrics if part),
    }


def plugs(evse: Mapping[str, Any]) -> str:
    """All connectors of an EVSE in one line: ``Type 2, 11 kW; CCS (Combo 2), 150 kW``."""
    parts = []
    for document in evse.get("connectors") or ():
        known = connector(document)
        parts.append(", ".join(part for part in (known["plug"], known["power"]) if part))
    return "; ".join(dict.fromkeys(parts))


def opening(times: Mapping[str, Any] | None) -> list[str]:
    """Opening times as lines, one for each run of days with the same hours."""
    if not times:
        return ["Not said by the owner."]
    always = bool(times.get("twentyfourseven"))
    lines = ["Always open."] if always else _weekly(times.get("regular_hours") or ())
    for name, label in (("exceptional_openings", "Also open"), ("exceptional_closings", "Closed")):
        for period in times.get(name) or ():
            begin, end = str(period.get("period_begin", "")), str(period.get("period_end", ""))
            lines.append(f"{label} from {_readable(begin)} to {_readable(end)}.")
    return lines or ["Not said by the owner."]


def _weekly(hours: Any) -> list[str]:
    by_day: dict[int, list[str]] = {}
    for entry in hours:
        day = entry.get("weekday")
        if isinstance(day, int) and 1 <= day <= 7:
            text = f"{entry.get('period_begin', '')} to {entry.get('period_end', '')}"
            by_day.setdefault(day, []).append(text)
    texts = [", ".join(by_day.get(day, [])) or "closed" for day in range(1, 8)]
    if not by_day:
        return []
    lines, start = [], 0
    for day in range(1, 8):
        if day == 7 or texts[day] != texts[start]:
            lines.append(f"{_run(start, day - 1)}: {texts[start]}")
            start = day
    return lines


def _run(first: int, last: int) -> str:
    if (first, last) == (0, 6):
        return "Every day"
    return _DAYS[first] if first == last else f"{_DAYS[first]} to {_DAYS[last]}"


def _readable(moment: str) -> str:
    return moment.replace("T", " ").removesuffix("Z")[:16]


def capability(code: str) -> str:
    """``REMOTE_START_STOP_CAPABLE`` as ``remote start stop capable``."""
    return code.replace("_", " ").lower().replace("rfid", "RFID").replace("ped ", "PED ")
