"""Registers' lists as they are published, small."""

from __future__ import annotations

import json
from typing import Any

from fpdf import FPDF

from registers.choices import RegisterFormat
from registers.models import Register


def register(key: str = "gb-evroam", **fields: Any) -> Register:
    """EV Roam's, which is there from the beginning, or one with these fields."""
    given = {
        "name": key,
        "authority": "EV Roam",
        "format": RegisterFormat.EVROAM,
        "jurisdictions": ["GB"],
        **fields,
    }
    return Register.objects.update_or_create(key=key, defaults=given)[0]


def evroam(*companies: tuple[str, str, str]) -> bytes:
    """Each company with its operator's and its provider's code, either of which may be empty."""
    items = [
        {
            "title": name,
            **({"operatorId": operator} if operator else {}),
            **({"serviceProviderId": provider} if provider else {}),
        }
        for name, operator, provider in companies
    ]
    return json.dumps({"items": items}).encode()


def many(number: int) -> bytes:
    """A list of so many operators: GB*000, GB*001, …"""
    return evroam(*((f"Company {n}", f"GB*{n:03}", "") for n in range(number)))


BENELUX = b""""Company Name","Operator-ID (CPO)","Provider-ID (MSP)",Website
"Fifty BV","BE*505 - NL*505 - LU*505","BE-505 - NL-505",www.fifty.example
"Only a provider",/,"BE-AVL - BE-AVS",
"""
EIPA = """Nazwa;operator;dostawca;Miejscowość;Państwo;"Strona www";"Data rejestracji"
"Zielona Sp. z o.o.";PL-7R5;;Gdynia;Polska;http://zielona.example/;2018-12-17T11:56:25+01:00
"Ptak Sp. z o.o.";FR-FLB;FR-FLB;Łódź;Polska;;2023-06-12T09:20:36+02:00
"Stan na dzień: 2026-06-15T07:56:36+02:00";;;;;;
""".encode()
BDEW = json.dumps(
    {
        "cpo": [{"Id": 1, "Code": "DE NOM", "Company": "\tNordstrom GmbH"}],
        "emsp": [{"Id": 2, "Code": "DE EPS", "Company": '"Epsilon GmbH"'}],
    }
).encode()
AFIREV = json.dumps(
    {
        "data": [
            {"prefixId": "FRABC", "name": "A", "type": "BOTH", "status": "ACTIVE"},
            {
                "prefixId": "FR026",
                "name": "B",
                "exploitantName": "B Exploitation",
                "type": "CHARGE",
                "status": "AWAITING_PAYMENT",
            },
        ]
    }
).encode()
TII = b"""                        Last Updated: 19-March-2026

 Legal Entity Name                 Trading Name               IDRO       OCPI Party IDs CPO   eMSP
                                                              Issued     (where different)
                                                              Party ID
 Green Electric IRL Service
                                   Green Electric             IE-APG     n/a            Yes    No
 Areas Ltd
 Zero Charging Limited             Zero                       IE-EZO     IE-EGO         Yes    Yes
 Spark Ireland Limited             Spark Ireland              IE-SPA     n/a            Yes    Yes
                                   Limited
"""


def tii_pdf() -> bytes:
    """The same kind of table as a PDF of two pages, each with the head of the table, its cells broken into lines."""
    head = [
        *("Legal Entity Name", "Trading Name", "IDRO Issued Party ID"),
        "OCPI Party IDs associated with publicly accessible infrastructure (where different)",
        *("CPO", "eMSP"),
    ]
    pages = [
        [
            ["Zero Charging Limited", "Zero", "IE-EZO", "IE-EGO", "Yes", "Yes"],
            ["Green Electric IRL Service Areas Ltd", "Green Electric", "IE-APG", "", "Yes", "No"],
        ],
        [["Spark of Ireland", "Spark of Ireland Charging Limited", "IE-SPA", "n/a", "No", "Yes"]],
    ]
    paper = FPDF(orientation="L")
    paper.set_font("Helvetica", size=9)
    for rows in pages:
        paper.add_page()
        paper.cell(0, 8, "Last Updated: 19-March-2026", align="R", new_x="LMARGIN", new_y="NEXT")
        with paper.table(col_widths=(40, 40, 22, 80, 14, 14)) as table:
            for row in (head, *rows):
                table.row(row)
    return bytes(paper.output())


DIRECTORY = b"""key,countryCode,partyId,role,status,organizationName,legalName,website,registryId,sourceValue
a,SE,ALE,CPO,ACTIVE,Alle AB,,,se-energimyndigheten,SE-ALE
b,SE,ALEG,CPO,ACTIVE,Allego,,,se-energimyndigheten,SEALEG
c,DK,MON,EMSP,RESERVED,Monsun,,,dk-fstyr,DK*MON
"""
