"""The demo's content: what `make run` finds ready when DEMO is on."""


def prepare() -> dict[str, str] | None:
    """Fill an empty portal and invite the simulated partner; may be called again and again.

    The answer holds `versions_url` and `token` when the partner still has to register, is empty
    when it is registered already, and is None when there is to be no partner.
    """
    return {}
