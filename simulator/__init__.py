"""A simulated roaming partner: a separate process that speaks OCPI 2.1.1, 2.2.1 and 2.3.0
as CPO and as eMSP, with Locations and Tariffs.

It knows the protocol (`ocpi`) and nothing of the portal: what the two exchange, they exchange
over HTTP. `python -m simulator --help` says how to run it; `/control` steers it while it runs.
"""
