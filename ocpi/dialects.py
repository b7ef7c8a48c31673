"""Dialects in plain words: presets to begin with, and for each field the question that staff answer.

Data only; `ocpi.dialect` says what the fields do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from ocpi.dialect import TO_THE_LETTER, Dialect


class Preset(NamedTuple):
    """A dialect that is met often; `fields` are those that differ from the specification."""

    name: str
    title: str
    text: str
    fields: Mapping[str, Any]

    @property
    def dialect(self) -> Dialect:
        return TO_THE_LETTER.but(**self.fields)


PRESETS: tuple[Preset, ...] = (
    Preset("letter", "To the letter", "It does what OCPI says. Begin here.", {}),
    Preset(
        "raw-token",
        "2.2 of before edition 2",
        "Built before OCPI said that tokens are Base64: it sends and wants them raw.",
        {"token_in": "raw", "token_out": "raw"},
    ),
    Preset(
        "loose-types",
        "Numbers as text",
        "It sends numbers as text, texts as numbers, or small things in another spelling.",
        {"lenient_pushes": True},
    ),
    Preset(
        "local-times",
        "Local times",
        "Its timestamps have no Z and mean the local time of the site.",
        {"local_times": True, "whole_seconds": True},
    ),
    Preset(
        "bare-pushes",
        "Pushes without identifiers",
        "Its pushes leave out what is in their address already, such as the id of the EVSE.",
        {"ids_from_url": True},
    ),
    Preset(
        "no-patch",
        "No PATCH",
        "It knows PUT only, so every change is sent as the whole object.",
        {"whole_objects": True},
    ),
    Preset(
        "trailing-slash",
        "Addresses end in a slash",
        "Its server redirects or refuses addresses without a slash at the end.",
        {"trailing_slash": True},
    ),
    Preset(
        "file",
        "Minimal, a file behind a URL",
        "Its list is a file: no filters, no pages, no routing headers, read in full and gently.",
        {
            "routing_headers": False,
            "date_filters": False,
            "name_party": "never",
            "busy_403": True,
            "pause_seconds": 1.0,
        },
    ),
    Preset(
        "everything",
        "Anything goes",
        "Understand whatever can be understood. Every repair is counted, so that you can tell the"
        " partner.",
        {"token_in": "either", "lenient_pushes": True, "ids_from_url": True},
    ),
)
"""The first is the specification itself."""


class Question(NamedTuple):
    """A field as staff meet it.

    `text` says what another answer changes, `example` shows it. `options` are the answers of a choice,
    with labels. `difference` is the line in "Differs from OCPI in": a sentence, or one per value.
    """

    field: str
    group: str
    question: str
    text: str
    example: str
    difference: str | Mapping[str, str]
    options: Mapping[str, str] = {}

    def differs(self, value: Any) -> str:
        """How a value that is not the usual one reads in a list."""
        if isinstance(self.difference, str):
            return self.difference.format(value=f"{value:g}" if _is_number(value) else value)
        return self.difference.get(str(value), "")


TOKENS, SENDS, WANTS, LISTS = (
    "Tokens",
    "What it sends to us",
    "What we send to it",
    "How we read its lists",
)

_SPELLINGS = {"base64": "Base64", "raw": "Raw, as it is"}

QUESTIONS: tuple[Question, ...] = (
    Question(
        "token_in",
        TOKENS,
        "How does it spell the token it shows us?",
        "Requests with the token in another spelling are answered with 401.",
        "Authorization: Token ZXhhbXBsZQ== (Base64) or Token example (raw)",
        {
            "base64": "sends its token as Base64",
            "raw": "sends its token raw",
            "either": "may send its token raw or as Base64",
        },
        {"version": "As its version says", **_SPELLINGS, "either": "Either will do"},
    ),
    Question(
        "token_out",
        TOKENS,
        "How does it want our token?",
        "All requests of ours carry the token in this spelling.",
        "Raw before OCPI 2.2, Base64 since",
        {"base64": "wants our token as Base64", "raw": "wants our token raw"},
        {"version": "As its version says", **_SPELLINGS},
    ),
    Question(
        "lenient_pushes",
        SENDS,
        "Repair its pushes instead of refusing them?",
        "What can be understood is taken in, repaired and counted under Data quality. Otherwise a push"
        " with a fault is refused with every fault named.",
        '"max_voltage": "230" is read as 230',
        "its pushes are repaired instead of refused",
    ),
    Question(
        "local_times",
        SENDS,
        "Does a time without Z mean the local time of the site?",
        "OCPI says that it means UTC. With yes it is converted by the time zone of the location.",
        "2026-07-01T12:00:00 in Amsterdam becomes 2026-07-01T10:00:00Z",
        "its times without Z are local times",
    ),
    Question(
        "ids_from_url",
        SENDS,
        "Fill in identifiers that its pushes lack?",
        "They are taken from the address of the push.",
        "PUT …/LOC1/3256 with a body that has no uid: 3256 is filled in",
        "identifiers missing in its pushes come from the address",
    ),
    Question(
        "vat_as_fraction",
        SENDS,
        "Does it send VAT as a fraction?",
        "A VAT below 1 is taken for a fraction instead of a percentage.",
        '"vat": 0.21 is read as 21 %',
        "its VAT is a fraction",
    ),
    Question(
        "trailing_slash",
        WANTS,
        "End the addresses of our requests with a slash?",
        "Needed where its server redirects to, or only knows, addresses with one.",
        "…/locations/NL/ABC/LOC1/ instead of …/locations/NL/ABC/LOC1",
        "addresses end in a slash",
    ),
    Question(
        "whole_objects",
        WANTS,
        "Always send whole objects?",
        "A changed status is then a PUT of the location instead of a PATCH of two fields.",
        "For platforms that answer PATCH with 405 or lose what it leaves out",
        "gets whole objects, never a PATCH",
    ),
    Question(
        "routing_headers",
        WANTS,
        "Send routing headers?",
        "OCPI-to-… and OCPI-from-… name the two parties. They are required since 2.2; some platforms"
        " refuse them.",
        "OCPI-to-party-id: ABC",
        "gets no routing headers",
    ),
    Question(
        "whole_seconds",
        WANTS,
        "Send times in whole seconds?",
        "Fractions are cut off in requests and answers.",
        "2026-07-01T10:00:00Z instead of 2026-07-01T10:00:00.123Z",
        "gets times in whole seconds",
    ),
    Question(
        "unlisted_values",
        WANTS,
        "Send values that its version does not list?",
        "Newer connector standards, facilities and the like go out as they are, instead of being left"
        " out.",
        "SAE_J3400 to a platform of OCPI 2.2.1",
        "gets values that its version does not list",
    ),
    Question(
        "http_errors",
        WANTS,
        "Answer invalid objects with HTTP 400?",
        "OCPI answers HTTP 200 with status 2001; some platforms look at the HTTP status alone.",
        "HTTP 400 beside status_code 2001",
        "invalid objects are answered with HTTP 400",
    ),
    Question(
        "page_size",
        LISTS,
        "How many objects do we ask for per page?",
        "0 leaves it to the partner.",
        "limit=100",
        "pages of {value} objects",
    ),
    Question(
        "date_filters",
        LISTS,
        "Ask only for what changed?",
        "Without, every fetch reads the whole list: for platforms that ignore or refuse date_from.",
        "date_from=2026-07-01T10:00:00Z",
        "its lists are always read in full",
    ),
    Question(
        "name_party",
        LISTS,
        "Name one of its parties when asking for a list?",
        "By itself: when it has one only, since naming one of several might hide the others.",
        "OCPI-to-party-id: ABC on GET …/locations",
        {
            "always": "is asked party by party for its lists",
            "never": "is asked for its lists without naming a party",
        },
        {"auto": "By itself", "always": "Always", "never": "Never"},
    ),
    Question(
        "busy_403",
        LISTS,
        "Is HTTP 403 in the middle of a list its way to say “slower”?",
        "The fetch then waits and goes on instead of failing.",
        "403 on the 55th page, 200 a minute later",
        "HTTP 403 in a list means: slower",
    ),
    Question(
        "pause_seconds",
        LISTS,
        "How many seconds lie between two pages?",
        "For platforms with a limit of requests per minute.",
        "1.5",
        "{value} s between two pages",
    ),
)
QUESTION: dict[str, Question] = {question.field: question for question in QUESTIONS}


def differences(dialect: Dialect) -> list[str]:
    """What differs from the specification, a short line each; empty when nothing does."""
    stored = dialect.store()
    return [q.differs(stored[q.field]) for q in QUESTIONS if q.field in stored]


def answer(field: str, value: Any) -> str:
    """An answer to a field's question in words: `yes`, `Raw, as it is`, `100`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return QUESTION[field].options.get(str(value)) or (
        f"{value:g}" if _is_number(value) else str(value)
    )


def changes(before: Dialect, after: Dialect) -> list[str]:
    """What a change of dialect comes to: `Always send whole objects? yes, before: no`."""
    old, new = asdict(before), asdict(after)
    return [
        f"{q.question} {answer(q.field, new[q.field])}, before: {answer(q.field, old[q.field])}"
        for q in QUESTIONS
        if old[q.field] != new[q.field]
    ]


def groups() -> Iterator[tuple[str, list[Question]]]:
    """The questions under their headings."""
    for group in (TOKENS, SENDS, WANTS, LISTS):
        yield group, [question for question in QUESTIONS if question.group == group]


def preset(name: str) -> Preset:
    """The preset of this name; `KeyError` names those there are."""
    for found in PRESETS:
        if found.name == name:
            return found
    raise KeyError(f"{name}: not one of {', '.join(p.name for p in PRESETS)}.")


def preset_of(dialect: Dialect) -> Preset | None:
    """The preset that is exactly this dialect."""
    return next((found for found in PRESETS if found.dialect == dialect), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
