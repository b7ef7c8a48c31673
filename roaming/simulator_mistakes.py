"""What is wrong with what somebody asked of the page “Simulated partner”."""


class Mistaken(ValueError):
    """What no button of the page offers now."""
