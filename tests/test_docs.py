"""The documentation says what the code does: links, commands, settings, tables that follow from code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from credentials.choices import Problem
from exchange.outcomes import Action, decide
from ocpi.client import OCPIResponse
from ocpi.envelope import Envelope
from ocpi.failures import FailureKind
from ocpi.lenient.codes import CODES, FATAL
from ocpi.tariff_codes import TARIFF_CODES
from roaming.permissions import GROUPS
from tariffs.pricing.lint import CODES as REMARKS
from tariffs.workshop.remarks import SEVERITY_WORDS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
VARIABLE = re.compile(r"`([A-Z][A-Z_]+)`")
READ = re.compile(
    r"(?:(?:text|flag|number|names|choice|party)\(\s*|environ(?:\.get\(|\[))\"([A-Z][A-Z_]+)\""
)


def page(name: str) -> str:
    return (ROOT / name).read_text()


def rows(text: str, title: str) -> list[list[str]]:
    """The rows of the Markdown table whose first column is called ``title``."""
    _, _, rest = text.partition(f"\n| {title} |")
    lines = rest.split("\n")[2:]
    table = []
    for line in lines:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return table


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def links() -> Iterator[tuple[Path, str]]:
    for path in PAGES:
        for target in LINK.findall(path.read_text()):
            if "://" not in target:
                yield path, target


@pytest.mark.parametrize(
    ("path", "target"), [pytest.param(p, t, id=f"{p.name}-{t}") for p, t in links()]
)
def test_links_lead_somewhere(path: Path, target: str) -> None:
    name, _, anchor = target.partition("#")
    goal = (path.parent / name).resolve() if name else path
    assert goal.is_file()
    assert not anchor or anchor in anchors(goal)


def test_every_page_is_linked_from_the_readme() -> None:
    linked = set(LINK.findall(page("README.md")))
    assert {f"docs/{path.name}" for path in PAGES[1:]} <= linked


def test_commands_that_are_named_exist() -> None:
    named = {
        name for path in PAGES for name in re.findall(r"manage\.py ([a-z_]+)", path.read_text())
    }
    named |= {row[0].strip("`") for row in rows(page("README.md"), "command")}
    assert named <= set(get_commands())


def examples() -> Iterator[str]:
    for row in rows(page("README.md"), "command"):
        yield row[1].strip("`")
    for path in PAGES[1:]:
        yield from re.findall(r"^    manage\.py (.+)$", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("example", sorted(set(examples())))
def test_examples_of_commands_are_understood(example: str) -> None:
    name, *arguments = shlex.split(example)
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(arguments)


def test_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", page("Makefile"), re.MULTILINE))
    named = {
        name
        for path in PAGES
        for name in re.findall(r"(?:`|^    |\w=\S+ )make ([a-z]+)", path.read_text(), re.MULTILINE)
    }
    assert named
    assert named <= targets


def test_every_setting_is_in_the_table_and_no_other() -> None:
    files = [*(ROOT / "roaming").rglob("*.py"), *(ROOT / "simulator").rglob("*.py")]
    read = {name for path in files for name in READ.findall(path.read_text())}
    table = rows(page("docs/deploy.md"), "variable")
    described = {name for row in table for name in VARIABLE.findall(row[0])}
    # Set by make and by Django's own entry points, not by people.
    assert described == read - {"MAKELEVEL", "DJANGO_SETTINGS_MODULE"}


@pytest.mark.parametrize("code", [*FATAL, *CODES])
def test_every_code_of_a_deviation_is_explained(code: str) -> None:
    meaning = {**FATAL, **CODES}[code]
    assert f"\n| `{code}` | {meaning} |\n" in page("docs/import-and-pull.md")


@pytest.mark.parametrize("code", TARIFF_CODES)
def test_every_finding_about_tariffs_is_explained(code: str) -> None:
    assert f"\n| `{code}` | {TARIFF_CODES[code]} |\n" in page("docs/tariff-conversion.md")


def test_every_remark_about_tariffs_is_explained() -> None:
    table = rows(page("docs/tariff-preview.md"), "code")
    described = {row[0].strip("`"): (row[1], row[2]) for row in table}
    assert described == {
        code: (SEVERITY_WORDS[about.severity], about.title) for code, about in REMARKS.items()
    }


def test_every_failure_of_a_handshake_is_explained() -> None:
    table = rows(page("docs/connect-a-partner.md"), "title")
    assert [row[0] for row in table] == [problem.label for problem in Problem]


def test_every_group_is_explained() -> None:
    table = rows(page("docs/staff-pages.md"), "group")
    assert {row[0].strip("`") for row in table} == set(GROUPS)


# --- The matrix of outcomes --------------------------------------------------------------------------


def response(
    http: int | None, code: int | None, method: str, failure: FailureKind | None = None
) -> OCPIResponse:
    envelope = None
    if code is not None:
        envelope = Envelope(code, None, None, None, [])
    return OCPIResponse(
        method, "https://p.example/", http, envelope, {}, b"", failure, "", "", "r", "c", 1
    )


def meant(answer: str) -> Iterator[tuple[bool, OCPIResponse]]:
    """The answers that a row of the table speaks of, with whether the whole object was sent."""
    method = "DELETE" if "to DELETE" in answer else "PUT"
    whole = "partial" not in answer
    if answer.startswith("no connection"):
        for kind in FailureKind:
            if kind.is_clean:
                yield whole, response(None, None, method, kind)
    elif answer.startswith("no answer"):
        for kind in FailureKind:
            if not kind.is_clean:
                yield whole, response(None, None, method, kind)
    elif answer.startswith("HTTP 2xx without"):
        yield whole, response(200, None, method)
    elif answer.startswith("any other OCPI"):
        yield whole, response(200, 5000, method)
    elif answer.startswith("any other HTTP"):
        yield whole, response(410, None, method)
    else:
        layer = answer.split()[0]
        for text in re.findall(r"\b(\d[\dx]{2,3})\b", answer):
            number = int(text.replace("xxx", "000").replace("xx", "00"))
            yield (
                whole,
                response(200, number, method)
                if layer == "OCPI"
                else response(number, None, method),
            )


OUTCOMES = rows(page("docs/deliveries.md"), "answer")


@pytest.mark.parametrize(("answer", "action"), [(row[0], row[1]) for row in OUTCOMES])
def test_the_matrix_of_outcomes_is_what_is_done(answer: str, action: str) -> None:
    found = [decide(r.method, whole, r).action for whole, r in meant(answer)]
    assert found
    assert set(found) == {Action(action)}


def test_the_matrix_names_every_action() -> None:
    assert {row[1] for row in OUTCOMES} == set(Action)
