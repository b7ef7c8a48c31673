"""Which test shows which rule of OCPI: rules.csv lists the rules, docstrings of tests name them.

A test that shows a rule has its id in its docstring (``\"\"\"L-006: …\"\"\"``). What no test can show stands in
not_tested.csv with the reason. ``python -m tests.conformance`` prints the table that docs/conformance.md holds.
"""

from __future__ import annotations

import ast
import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
SECTIONS = {
    "T": "Transport and format",
    "R": "Message routing",
    "V": "Versions",
    "C": "Credentials",
    "L": "Locations",
    "F": "Tariffs",
    "K": "Tokens",
    "S": "Sessions",
    "D": "CDRs",
    "X": "Commands",
    "P": "Charging profiles",
    "H": "Hub client info",
    "I": "Invoice reconciliation",
}
_INTRODUCTION = (
    "Every rule of OCPI 2.1.1, 2.2.1 and 2.3.0 about transport, routing, versions, credentials, locations, tariffs,",
    "tokens, sessions, CDRs, commands, charging profiles, hub client info and invoice reconciliation, as far as it",
    "concerns who is no hub, and the tests that show it. `make test` runs them all; a rule without a test or a",
    "reason fails the run. *Level* is what the specification says: MUST, SHOULD, MAY; *table* for what its tables",
    "and definitions require; *REC* for what it leaves open and this portal decides. *Versions*: `221+` is 2.2.1",
    "and 2.3.0.",
)
_RULE = re.compile(r"\b([A-Z])-(\d{3})(?:\s*(?:…|\.\.\.|to)\s*(?:\1-)?(\d{3}))?\b")


@dataclass(frozen=True)
class Rule:
    """One rule: ``level`` is what the specification says of it, ``versions`` where it holds."""

    id: str
    versions: str
    level: str
    rule: str
    tests: list[str] = field(default_factory=list)
    reason: str = ""


def ids() -> list[str]:
    """The id of every rule, without looking for the tests that name it."""
    return [row[0] for row in _rows("rules.csv")]


@cache
def rules() -> list[Rule]:
    """Every rule of the modules that exist, with the tests that name it or why there is none."""
    shown = _shown()
    reasons = {row[0]: row[1] for row in _rows("not_tested.csv")}
    return [
        Rule(
            row[0],
            row[1],
            row[2],
            row[3],
            tests=shown.get(row[0], []),
            reason=reasons.get(row[0], ""),
        )
        for row in _rows("rules.csv")
    ]


def _rows(name: str) -> list[tuple[str, ...]]:
    with (HERE / name).open(newline="", encoding="utf-8") as lines:
        return [tuple(row) for row in csv.reader(lines)][1:]


def _shown() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for name, docstring in _tests_of(path):
            for rule in _named(docstring):
                found[rule].append(f"{path.relative_to(TESTS).as_posix()}::{name}")
    return found


def _tests_of(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, ast.get_docstring(node) or ""


def _named(docstring: str) -> Iterator[str]:
    """The ids in a docstring, ``T-020`` or a range such as ``T-020…T-024``, each once."""
    seen: set[str] = set()
    for section, first, last in _RULE.findall(docstring):
        for number in range(int(first), int(last or first) + 1):
            rule = f"{section}-{number:03}"
            if rule not in seen:
                seen.add(rule)
                yield rule


def document() -> str:
    """The table as Markdown."""
    every = rules()
    tested = sum(bool(rule.tests) for rule in every)
    lines = [
        "# Conformance",
        "",
        *_INTRODUCTION,
        "",
        f"{tested} of {len(every)} rules are shown by tests.",
    ]
    for letter, title in SECTIONS.items():
        lines += ["", f"## {title}", "", "| rule | versions | level | what | shown by |"]
        lines.append("|---|---|---|---|---|")
        lines += [_row(rule) for rule in every if rule.id.startswith(f"{letter}-")]
    return "\n".join(lines) + "\n"


def _row(rule: Rule) -> str:
    shown = ", ".join(f"`{name}`" for name in rule.tests[:3])
    if len(rule.tests) > 3:
        shown += f" and {len(rule.tests) - 3} more"
    what = rule.rule.replace("|", "\\|")
    reason = f"not tested: {rule.reason}" if rule.reason else ""
    return f"| {rule.id} | {rule.versions} | {rule.level} | {what} | {shown or reason} |"
