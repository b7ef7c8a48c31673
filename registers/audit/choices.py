"""What can be wrong with an ID, and how EVSE IDs are written."""

from __future__ import annotations

from django.db import models


class Subject(models.TextChoices):
    """Whose IDs are looked at."""

    EVSE = "evse", "EVSE"
    CONTRACT = "contract", "Contract"


class Fault(models.TextChoices):
    """What is wrong with an ID; one may have several faults."""

    DUPLICATE = "duplicate", "At several EVSEs"
    MALFORMED = "malformed", "Malformed"
    MISSING = "missing", "None"
    FOREIGN = "foreign", "Of another party"
    COUNTRY = "country", "No country"
    UNLISTED = "unlisted", "In no register"
    LOWER_CASE = "lower_case", "Lower case"
    WRONG_CHECK = "wrong_check", "Wrong check character"
    NO_CHECK = "no_check", "Without check character"


class Shape(models.TextChoices):
    """How an EVSE ID is written. All but the first two are malformed."""

    CANONICAL = "canonical", "With asterisks: NL*ABC*E12"
    COMPACT = "compact", "Asterisks left out: NLABCE12"
    SEPARATORS = "separators", "With dots or dashes: NL.ABC.E12"
    NO_LETTER = "no_letter", "Without the E after the party: NL*ABC*12"
    OTHER_LETTER = "other_letter", "The letter of a pool or station: NL*ABC*P12"
    TOO_LONG = "too_long", "More than 31 characters after the E"
    CHARACTERS = "characters", "Characters that no ID may have"
    DIN = "din", "Of DIN SPEC 91286: +49*810*000*438"
    NUMBER = "number", "A number without country and party"
    UUID = "uuid", "A UUID"
    OTHER = "other", "No country and party at the beginning"


MALFORMED = [shape for shape in Shape if shape not in (Shape.CANONICAL, Shape.COMPACT)]
OF_EVSES = (
    Fault.DUPLICATE,
    Fault.MALFORMED,
    Fault.MISSING,
    Fault.FOREIGN,
    Fault.COUNTRY,
    Fault.UNLISTED,
    Fault.LOWER_CASE,
)
OF_CONTRACTS = (Fault.WRONG_CHECK, Fault.NO_CHECK, Fault.MALFORMED, Fault.FOREIGN, Fault.COUNTRY)
EXPLANATIONS: dict[str, str] = {
    Fault.DUPLICATE: "The same ID, however it is spelled, is at more than one EVSE.",
    Fault.MALFORMED: "It has none of the forms that ISO 15118 and eMI3 allow.",
    Fault.MISSING: "The EVSE has no ID, so that no other platform can tell which one it is.",
    Fault.FOREIGN: "Its country and party are not those of its owner. That is right for hosted networks.",
    Fault.COUNTRY: "It begins with two letters that ISO 3166-1 assigns to no country.",
    Fault.UNLISTED: "No register that was read lists its country and party. Large operators work with such codes.",
    Fault.LOWER_CASE: "IDs are compared without case, but are written in capital letters.",
    Fault.WRONG_CHECK: "The last character does not fit the others, so that one of them may be wrong.",
    Fault.NO_CHECK: "It ends after 14 characters (11 of DIN), so that a typing mistake goes unnoticed.",
}
