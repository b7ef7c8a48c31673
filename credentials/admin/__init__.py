"""Staff pages of connections, parties, handshakes and events."""

from credentials.admin import connections, events, parties, transcripts  # noqa: F401
