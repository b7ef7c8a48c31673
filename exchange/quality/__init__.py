"""The quality of what partners send and of what they can be told.

Deviations and losses are counted, what could not be taken in is kept in quarantine, and the figures behind the
pages and the suggestions of a dialect follow from both.
"""
