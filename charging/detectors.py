"""What of sessions, commands and tokens can be late."""

from __future__ import annotations

from datetime import timedelta

from charging.commands.links import admin_url as command_url
from charging.commands.visibility import REFERENCE as COMMAND_REFERENCE
from charging.sessions.links import admin_url
from charging.sessions.visibility import REFERENCE
from exchange.detectors import Detector
from tokens.links import admin_url as token_url
from tokens.visibility import REFERENCE as TOKEN_REFERENCE

_LIVE = "o.status IN ('PENDING', 'ACTIVE', 'RESERVATION')"

SESSIONS_PENDING = Detector(
    name="sessions_pending",
    title="Sessions that never began",
    sentence="Sessions that are pending for longer than it takes to plug in.",
    advice="The driver may have left; ask the CPO to end them as invalid.",
    usual=timedelta(minutes=30),
    table="charging_session o",
    since="o.heard_at",
    condition=f"{_LIVE} AND o.status = 'PENDING'",
    connection="o.received_from_id",
    reference=REFERENCE,
    url=admin_url,
    permission="charging.view_session",
)
SESSIONS_SILENT = Detector(
    name="sessions_silent",
    title="Sessions without news",
    sentence="Sessions that are charging or reserved, and about which nothing has come in for a long time.",
    advice="Fetch the partner's sessions; if it still says nothing, ask whether the charge has ended.",
    usual=timedelta(hours=6),
    table="charging_session o",
    since="o.heard_at",
    condition=f"{_LIVE} AND o.status <> 'PENDING'",
    connection="o.received_from_id",
    reference=REFERENCE,
    url=admin_url,
    permission="charging.view_session",
)
TOKENS_NEVER_USED = Detector(
    name="tokens_never_used",
    title="Tokens that were never used",
    sentence="Valid tokens of our eMSPs that nobody has charged with, or tried to, since they are here.",
    advice="Ask whether the card was ever handed out, and block it if it was not.",
    usual=timedelta(days=180),
    table="tokens_token o JOIN parties_party p ON p.id = o.owner_id",
    since="o.created_at",
    condition="p.is_ours AND o.valid AND o.vanished_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM tokens_authorization a"
    " WHERE a.uid_key = o.uid_key AND a.owner_id = o.owner_id)"
    " AND NOT EXISTS (SELECT 1 FROM charging_session s"
    " WHERE s.token_key = o.token_key AND s.emsp_id = o.owner_id)",
    connection="o.received_from_id",
    reference=TOKEN_REFERENCE,
    url=token_url,
    permission="tokens.view_token",
)
COMMANDS_WITHOUT_RESULT = Detector(
    name="commands_without_result",
    title="Commands without a result",
    sentence="Accepted commands and charging profiles whose result never came, or came too late.",
    advice="Ask the CPO whether it sends results to the address we give, and what its charge points did.",
    usual=timedelta(0),
    table="charging_command o",
    since="o.finished_at",
    condition="o.state = 'timed_out' AND o.response = 'ACCEPTED' AND o.result = ''"
    " AND o.finished_at > now() - interval '7 days'",
    connection="o.executed_by_id",
    reference=COMMAND_REFERENCE,
    url=command_url,
    permission="charging.view_command",
)
ALL = (SESSIONS_PENDING, SESSIONS_SILENT, COMMANDS_WITHOUT_RESULT, TOKENS_NEVER_USED)
