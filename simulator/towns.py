"""Towns where the simulated operator has charging stations."""

from typing import NamedTuple


class Country(NamedTuple):
    """What the stations of a country have in common."""

    code: str
    alpha_3: str
    time_zone: str
    streets: tuple[str, ...]


class Town(NamedTuple):
    """A town; coordinates in degrees (WGS 84), `postal` is the area part of its postal codes."""

    name: str
    country: Country
    latitude: float
    longitude: float
    postal: str
    state: str | None = None


NETHERLANDS = Country(
    "NL",
    "NLD",
    "Europe/Amsterdam",
    (
        "Stationsplein",
        "Markt",
        "Dorpsstraat",
        "Kerkstraat",
        "Molenweg",
        "Julianalaan",
        "Beatrixlaan",
        "Industrieweg",
        "Nieuwstraat",
        "Havenkade",
        "Parallelweg",
        "Burgwal",
    ),
)
BELGIUM = Country(
    "BE",
    "BEL",
    "Europe/Brussels",
    (
        "Stationsstraat",
        "Grote Markt",
        "Kerkplein",
        "Brusselsesteenweg",
        "Schoolstraat",
        "Leopoldlaan",
        "Rue de la Gare",
        "Place Communale",
        "Rue de l'Industrie",
        "Albertlaan",
    ),
)
UNITED_KINGDOM = Country(
    "GB",
    "GBR",
    "Europe/London",
    (
        "High Street",
        "Station Road",
        "Church Lane",
        "Market Place",
        "Victoria Road",
        "Mill Lane",
        "Queensway",
        "London Road",
        "The Green",
        "Castle Street",
    ),
)

TOWNS: tuple[Town, ...] = (
    Town("Amsterdam", NETHERLANDS, 52.3728, 4.8936, "1012", "Noord-Holland"),
    Town("Rotterdam", NETHERLANDS, 51.9225, 4.4792, "3011", "Zuid-Holland"),
    Town("Den Haag", NETHERLANDS, 52.0786, 4.3113, "2511", "Zuid-Holland"),
    Town("Utrecht", NETHERLANDS, 52.0907, 5.1214, "3511", "Utrecht"),
    Town("Eindhoven", NETHERLANDS, 51.4381, 5.4752, "5611", "Noord-Brabant"),
    Town("Groningen", NETHERLANDS, 53.2194, 6.5665, "9711", "Groningen"),
    Town("Tilburg", NETHERLANDS, 51.5606, 5.0919, "5038", "Noord-Brabant"),
    Town("Almere", NETHERLANDS, 52.3702, 5.2141, "1315", "Flevoland"),
    Town("Breda", NETHERLANDS, 51.5888, 4.7760, "4811", "Noord-Brabant"),
    Town("Nijmegen", NETHERLANDS, 51.8425, 5.8528, "6511", "Gelderland"),
    Town("Arnhem", NETHERLANDS, 51.9851, 5.8987, "6811", "Gelderland"),
    Town("Haarlem", NETHERLANDS, 52.3808, 4.6368, "2011", "Noord-Holland"),
    Town("Enschede", NETHERLANDS, 52.2215, 6.8937, "7511", "Overijssel"),
    Town("Apeldoorn", NETHERLANDS, 52.2112, 5.9699, "7311", "Gelderland"),
    Town("Amersfoort", NETHERLANDS, 52.1561, 5.3878, "3811", "Utrecht"),
    Town("Zwolle", NETHERLANDS, 52.5126, 6.0936, "8011", "Overijssel"),
    Town("Leiden", NETHERLANDS, 52.1601, 4.4970, "2311", "Zuid-Holland"),
    Town("Maastricht", NETHERLANDS, 50.8514, 5.6910, "6211", "Limburg"),
    Town("Dordrecht", NETHERLANDS, 51.8133, 4.6901, "3311", "Zuid-Holland"),
    Town("Leeuwarden", NETHERLANDS, 53.2012, 5.7999, "8911", "Friesland"),
    Town("Delft", NETHERLANDS, 52.0116, 4.3571, "2611", "Zuid-Holland"),
    Town("Alkmaar", NETHERLANDS, 52.6324, 4.7534, "1811", "Noord-Holland"),
    Town("'s-Hertogenbosch", NETHERLANDS, 51.6978, 5.3037, "5211", "Noord-Brabant"),
    Town("Venlo", NETHERLANDS, 51.3704, 6.1724, "5911", "Limburg"),
    Town("Assen", NETHERLANDS, 52.9928, 6.5642, "9401", "Drenthe"),
    Town("Middelburg", NETHERLANDS, 51.4988, 3.6110, "4331", "Zeeland"),
    Town("Gouda", NETHERLANDS, 52.0115, 4.7105, "2801", "Zuid-Holland"),
    Town("Hilversum", NETHERLANDS, 52.2292, 5.1669, "1211", "Noord-Holland"),
    Town("Deventer", NETHERLANDS, 52.2661, 6.1552, "7411", "Overijssel"),
    Town("Roermond", NETHERLANDS, 51.1942, 5.9870, "6041", "Limburg"),
    Town("Antwerpen", BELGIUM, 51.2194, 4.4025, "2000"),
    Town("Gent", BELGIUM, 51.0543, 3.7174, "9000"),
    Town("Brugge", BELGIUM, 51.2093, 3.2247, "8000"),
    Town("Leuven", BELGIUM, 50.8798, 4.7005, "3000"),
    Town("Mechelen", BELGIUM, 51.0259, 4.4776, "2800"),
    Town("Hasselt", BELGIUM, 50.9307, 5.3325, "3500"),
    Town("Kortrijk", BELGIUM, 50.8280, 3.2649, "8500"),
    Town("Namur", BELGIUM, 50.4674, 4.8720, "5000"),
    Town("Liège", BELGIUM, 50.6326, 5.5797, "4000"),
    Town("Bruxelles", BELGIUM, 50.8503, 4.3517, "1000"),
    Town("London", UNITED_KINGDOM, 51.5074, -0.1278, "SE1"),
    Town("Manchester", UNITED_KINGDOM, 53.4808, -2.2426, "M1"),
    Town("Birmingham", UNITED_KINGDOM, 52.4862, -1.8904, "B1"),
    Town("Leeds", UNITED_KINGDOM, 53.8008, -1.5491, "LS1"),
    Town("Bristol", UNITED_KINGDOM, 51.4545, -2.5879, "BS1"),
    Town("Cambridge", UNITED_KINGDOM, 52.2053, 0.1218, "CB1"),
    Town("Oxford", UNITED_KINGDOM, 51.7520, -1.2577, "OX1"),
    Town("York", UNITED_KINGDOM, 53.9600, -1.0873, "YO1"),
    Town("Norwich", UNITED_KINGDOM, 52.6309, 1.2974, "NR1"),
    Town("Edinburgh", UNITED_KINGDOM, 55.9533, -3.1883, "EH1"),
)
