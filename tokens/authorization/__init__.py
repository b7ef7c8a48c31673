"""May this card charge here, now? Decided for our eMSPs, asked of our partners' (OCPI 2.3.0, mod_tokens).

``services.authorize`` is the one entry. ``planning`` says what can be answered from what is stored and who has to
be asked (``table`` is the truth table behind it, ``places`` and ``agreed`` what an eMSP of ours checks), ``asking``
asks, ``store`` keeps what came of it.
"""
