"""A simulated roaming partner: a separate process that speaks OCPI 2.2.1 as CPO and as eMSP.

It knows the protocol (`ocpi`) and nothing of the portal: what the two exchange, they exchange
over HTTP. `python -m simulator --help` says how to run it; `/control` steers it while it runs.
"""
