"""The demo's own charging locations: invented sites in real towns, alike at every first start."""

# ruff: noqa: E501 - one line per site reads better

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ocpi.datetimes import format_datetime
from ocpi.ids import PartyId

from . import demo_tariffs

Document = dict[str, Any]

PARTY = PartyId("NL", "DEM")
OPERATOR = "Demo Charging"


class Plug(NamedTuple):
    """A kind of connector; voltage in V, current in A, power in W."""

    standard: str
    format: str
    power_type: str
    max_voltage: int
    max_amperage: int
    max_electric_power: int


CAPABILITIES = (
    "RFID_READER",
    "REMOTE_START_STOP_CAPABLE",
    "RESERVABLE",
    "UNLOCK_CAPABLE",
    "CHARGING_PROFILE_CAPABLE",
    "CHARGING_PREFERENCES_CAPABLE",
)


class Kind(NamedTuple):
    """What sites of one kind share; `hours` are opening times of every day, or around the clock."""

    parking_type: str
    facilities: tuple[str, ...] = ()
    hours: tuple[str, str] | None = None
    capabilities: tuple[str, ...] = CAPABILITIES
    restrictions: tuple[str, ...] = ("EV_ONLY", "PLUGGED")
    tariff: str = demo_tariffs.ENERGY


class Site(NamedTuple):
    """One location; `evses` names a column of `EVSES` for each EVSE."""

    name: str
    address: str
    postal_code: str
    city: str
    country: str
    latitude: float
    longitude: float
    kind: str
    evses: str


AC_11 = Plug("IEC_62196_T2", "SOCKET", "AC_3_PHASE", 230, 16, 11_000)
AC_22 = Plug("IEC_62196_T2", "SOCKET", "AC_3_PHASE", 230, 32, 22_000)
AC_22_CABLE = Plug("IEC_62196_T2", "CABLE", "AC_3_PHASE", 230, 32, 22_000)
AC_43 = Plug("IEC_62196_T2", "CABLE", "AC_3_PHASE", 230, 63, 43_000)
HOUSEHOLD = Plug("DOMESTIC_F", "SOCKET", "AC_1_PHASE", 230, 16, 3_700)
CCS_50 = Plug("IEC_62196_T2_COMBO", "CABLE", "DC", 500, 125, 50_000)
CHADEMO_50 = Plug("CHADEMO", "CABLE", "DC", 500, 125, 50_000)
CCS_150 = Plug("IEC_62196_T2_COMBO", "CABLE", "DC", 920, 375, 150_000)
CCS_300 = Plug("IEC_62196_T2_COMBO", "CABLE", "DC", 920, 500, 300_000)

EVSES: dict[str, tuple[Plug, ...]] = {
    "a": (AC_11,),
    "b": (AC_22,),
    "c": (AC_22_CABLE,),
    "h": (AC_11, HOUSEHOLD),
    "m": (CCS_50, CHADEMO_50, AC_43),
    "q": (CCS_50, CHADEMO_50),
    "f": (CCS_150,),
    "g": (CCS_300,),
}

PAID = ("RFID_READER", "REMOTE_START_STOP_CAPABLE", "CONTACTLESS_CARD_SUPPORT")
KINDS = {
    "street": Kind("ON_STREET"),
    "station": Kind("PARKING_LOT", ("TRAIN_STATION", "BIKE_SHARING")),
    "garage": Kind(
        "PARKING_GARAGE", ("WIFI",), ("06:00", "23:30"), tariff=demo_tariffs.BY_TIME_OF_DAY
    ),
    "market": Kind("PARKING_LOT", ("SUPERMARKET",), ("07:00", "22:00"), PAID),
    "mall": Kind("PARKING_GARAGE", ("MALL", "RESTAURANT", "WIFI"), ("08:00", "21:30"), PAID),
    "hotel": Kind(
        "PARKING_LOT",
        ("HOTEL", "RESTAURANT"),
        None,
        restrictions=("CUSTOMERS",),
        tariff=demo_tariffs.FREE,
    ),
    "museum": Kind("PARKING_LOT", ("MUSEUM", "CAFE"), ("09:00", "18:00")),
    "sport": Kind("PARKING_LOT", ("SPORT",), ("08:00", "23:00")),
    "motorway": Kind(
        "ALONG_MOTORWAY",
        ("FUEL_STATION", "RESTAURANT"),
        None,
        PAID,
        tariff=demo_tariffs.BY_TIME_OF_DAY,
    ),
    "depot": Kind(
        "PARKING_LOT", (), ("05:00", "20:00"), restrictions=("CUSTOMERS",), tariff=demo_tariffs.FREE
    ),
}

SITES = (
    Site("Vijzelgracht", "Vijzelgracht 44", "1017 HS", "Amsterdam", "NLD", 52.36068, 4.89136, "street", "aa"),
    Site("Parking Zuidas", "Gustav Mahlerlaan 12", "1082 PP", "Amsterdam", "NLD", 52.33721, 4.87334, "garage", "bbbb"),
    Site("P+R Sloterdijk", "Piarcoplein 3", "1043 DW", "Amsterdam", "NLD", 52.38872, 4.83764, "station", "aaaa"),
    Site("Witte de Withstraat", "Witte de Withstraat 70", "3012 BS", "Rotterdam", "NLD", 51.91567, 4.47706, "street", "bb"),
    Site("Fast charging Kralingen", "Abram van Rijckevorselweg 60", "3062 MG", "Rotterdam", "NLD", 51.92033, 4.52871, "motorway", "ffgg"),
    Site("Markthal", "Verlengde Nieuwstraat 20", "3011 GM", "Rotterdam", "NLD", 51.92009, 4.48668, "mall", "bbc"),
    Site("Jaarbeursplein", "Jaarbeursplein 6", "3521 AL", "Utrecht", "NLD", 52.08913, 5.10635, "garage", "bbb"),
    Site("Maliebaan", "Maliebaan 51", "3581 CE", "Utrecht", "NLD", 52.09231, 5.13347, "street", "aa"),
    Site("Lange Voorhout", "Lange Voorhout 38", "2514 EG", "Den Haag", "NLD", 52.08254, 4.31208, "street", "aa"),
    Site("Scheveningen Strand", "Gevers Deynootweg 990", "2586 BZ", "Den Haag", "NLD", 52.11286, 4.28342, "hotel", "bh"),
    Site("Strijp-S", "Torenallee 22", "5617 BD", "Eindhoven", "NLD", 51.44777, 5.45683, "garage", "bbb"),
    Site("High Tech Campus", "High Tech Campus 1", "5656 AE", "Eindhoven", "NLD", 51.41081, 5.45812, "station", "aab"),
    Site("Grote Markt", "Grote Markt 29", "9712 HR", "Groningen", "NLD", 53.21897, 6.56842, "street", "aa"),
    Site("Sontplein", "Sontplein 7", "9723 BZ", "Groningen", "NLD", 53.21388, 6.58601, "market", "mb"),
    Site("Vrijthof", "Vrijthof 47", "6211 LE", "Maastricht", "NLD", 50.84901, 5.68874, "garage", "bbb"),
    Site("Musiskwartier", "Beekstraat 105", "6811 DW", "Arnhem", "NLD", 51.98261, 5.91187, "mall", "cc"),
    Site("Openluchtmuseum", "Hoeferlaan 4", "6816 SG", "Arnhem", "NLD", 52.01042, 5.91255, "museum", "bb"),
    Site("Molenpoort", "Molenstraat 105", "6511 HC", "Nijmegen", "NLD", 51.84392, 5.86304, "street", "ab"),
    Site("Fast charging De Lucht", "Rijksweg A2 1", "5301 LE", "Zaltbommel", "NLD", 51.79241, 5.26518, "motorway", "ggggqq"),
    Site("IJsselhallen", "Rieteweg 4", "8011 AB", "Zwolle", "NLD", 52.50706, 6.08201, "sport", "aa"),
    Site("Grote Houtstraat", "Grote Houtstraat 115", "2011 SK", "Haarlem", "NLD", 52.37783, 4.63314, "street", "aa"),
    Site("Markt", "Markt 78", "2611 GW", "Delft", "NLD", 52.01152, 4.35918, "street", "b"),
    Site("Stationspark", "Stationsstraat 18", "4811 DC", "Breda", "NLD", 51.59494, 4.77821, "station", "aaaa"),
    Site("Lange Kerkdam", "Lange Kerkdam 60", "2242 BX", "Wassenaar", "NLD", 52.14588, 4.40183, "market", "qb"),
    Site("Depot Waalhaven", "Waalhaven Oostzijde 81", "3087 BM", "Rotterdam", "NLD", 51.88736, 4.44672, "depot", "ccff"),
    Site("Meir", "Meir 50", "2000", "Antwerpen", "BEL", 51.21794, 4.40813, "mall", "bbb"),
    Site("Groenplaats", "Groenplaats 21", "2000", "Antwerpen", "BEL", 51.21917, 4.40122, "garage", "bbbb"),
    Site("Korenmarkt", "Korenmarkt 16", "9000", "Gent", "BEL", 51.05439, 3.72222, "street", "aa"),
    Site("P+R Flanders Expo", "Adelaarsstraat 2", "9051", "Gent", "BEL", 51.02544, 3.68961, "station", "aaaa"),
    Site("Place Sainte-Catherine", "Place Sainte-Catherine 5", "1000", "Brussel", "BEL", 50.85094, 4.34788, "street", "bb"),
    Site("Bondgenotenlaan", "Bondgenotenlaan 101", "3000", "Leuven", "BEL", 50.88077, 4.71158, "market", "mb"),
    Site("'t Zand", "'t Zand 34", "8000", "Brugge", "BEL", 51.20421, 3.21838, "garage", "bbb"),
    Site("Fast charging Drongen", "E40 Richting Oostende 1", "9031", "Drongen", "BEL", 51.04118, 3.64527, "motorway", "ffq"),
    Site("Markt Aachen", "Markt 40", "52062", "Aachen", "DEU", 50.77622, 6.08389, "garage", "bb"),
    Site("Ehrenfeld", "Venloer Straße 310", "50823", "Köln", "DEU", 50.94973, 6.91835, "street", "bb"),
    Site("Rheinauhafen", "Agrippinawerft 30", "50678", "Köln", "DEU", 50.92372, 6.96716, "hotel", "bb"),
    Site("Medienhafen", "Am Handelshafen 4", "40221", "Düsseldorf", "DEU", 51.21511, 6.75423, "street", "bbc"),
    Site("Arena Parkplatz 2", "Stockumer Höfe 60", "40474", "Düsseldorf", "DEU", 51.26127, 6.73315, "sport", "bbb"),
    Site("Prinzipalmarkt", "Prinzipalmarkt 22", "48143", "Münster", "DEU", 51.96208, 7.62829, "street", "aa"),
    Site("Fast charging Hünxe", "Raststätte Hünxe Ost 1", "46569", "Hünxe", "DEU", 51.64512, 6.78904, "motorway", "ggmm"),
)  # fmt: skip

PLACES = {"NLD": ("NL", "Europe/Amsterdam"), "BEL": ("BE", "Europe/Brussels"), "DEU": ("DE", "Europe/Berlin")}  # fmt: skip
HELP_PHONES = {"NLD": "+31 20 555 01 00", "BEL": "+32 2 555 01 00", "DEU": "+49 221 555 0100"}
NOT_AVAILABLE = {5: "CHARGING", 11: "CHARGING", 17: "BLOCKED", 26: "CHARGING", 34: "CHARGING",
                 41: "OUTOFORDER", 48: "CHARGING", 55: "RESERVED", 61: "CHARGING", 70: "CHARGING",
                 83: "CHARGING", 90: "CHARGING", 97: "UNKNOWN", 104: "CHARGING"}  # fmt: skip
UNPUBLISHED = "Depot Waalhaven"
GREEN = {
    "is_green_energy": True,
    "energy_sources": [
        {"source": "WIND", "percentage": 70},
        {"source": "SOLAR", "percentage": 30},
    ],
    "supplier_name": "Voorbeeld Energie",
}


def documents(now: datetime) -> list[Document]:
    """Canonical Locations; statuses changed minutes to days before `now`, the rest months before."""
    numbered = iter(range(1, 1000))
    return [
        _location(number, site, [next(numbered) for _ in site.evses], now)
        for number, site in enumerate(SITES, start=1)
    ]


def _location(number: int, site: Site, evse_numbers: list[int], now: datetime) -> Document:
    kind = KINDS[site.kind]
    built = now - timedelta(days=40 + 11 * number)
    evses = [
        _evse(site, position, evse_number, now, built)
        for position, evse_number in enumerate(evse_numbers, start=1)
    ]
    return {
        "country_code": PARTY.country_code,
        "party_id": PARTY.party_id,
        "id": f"DEM{number:04d}",
        "publish": site.name != UNPUBLISHED,
        "name": site.name,
        "address": site.address,
        "city": site.city,
        "postal_code": site.postal_code,
        "country": site.country,
        "coordinates": {"latitude": f"{site.latitude:.6f}", "longitude": f"{site.longitude:.6f}"},
        "parking_type": kind.parking_type,
        "evses": evses,
        "operator": {"name": OPERATOR, "website": "https://demo-charging.example"},
        "facilities": list(kind.facilities),
        "time_zone": PLACES[site.country][1],
        "opening_times": _opening_times(kind),
        "charging_when_closed": kind.hours is not None and kind.parking_type == "PARKING_LOT",
        "help_phone": HELP_PHONES[site.country],
        "last_updated": max(evse["last_updated"] for evse in evses),
        **_extras(site),
    }


def _extras(site: Site) -> Document:
    extras: Document = {}
    if site.kind in {"motorway", "garage"}:
        extras["energy_mix"] = GREEN
    if site.name == "Parking Zuidas":
        extras["directions"] = [
            {"language": "en", "text": "Level -2, turn right behind the barrier."},
            {"language": "nl", "text": "Niveau -2, rechtsaf achter de slagboom."},
        ]
    return extras


def _opening_times(kind: Kind) -> Document:
    if kind.hours is None:
        return {"twentyfourseven": True}
    begin, end = kind.hours
    hours = [
        {"weekday": weekday, "period_begin": begin, "period_end": end} for weekday in range(1, 8)
    ]
    return {"twentyfourseven": False, "regular_hours": hours}


def _evse(site: Site, position: int, number: int, now: datetime, built: datetime) -> Document:
    kind, country = KINDS[site.kind], PLACES[site.country][0]
    plugs = EVSES[site.evses[position - 1]]
    changed = now - timedelta(minutes=3 + number * number % 1700)
    evse: Document = {
        "uid": f"DEM-{number:03d}",
        "evse_id": f"{country}*{PARTY.party_id}*E{number:05d}",
        "status": NOT_AVAILABLE.get(number, "AVAILABLE"),
        "capabilities": list(kind.capabilities),
        "connectors": [
            _connector(index, plug, built, kind.tariff) for index, plug in enumerate(plugs, 1)
        ],
        "physical_reference": f"{number:03d}",
        "parking_restrictions": list(kind.restrictions),
        "last_updated": format_datetime(changed),
    }
    if kind.parking_type == "PARKING_GARAGE":
        evse["floor_level"] = "-2" if position > 2 else "-1"
    return evse


def _connector(index: int, plug: Plug, built: datetime, tariff: str) -> Document:
    return {
        "id": str(index),
        **plug._asdict(),
        "tariff_ids": [tariff],
        "last_updated": format_datetime(built),
    }
