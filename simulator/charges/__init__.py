"""Whole charges of the simulated partner: cards, authorization, sessions, CDRs, commands, profiles.

As CPO it performs them (`operator`, `commands_taken`, `profiles`), as eMSP it lets its drivers charge
(`provider`). What happens later lies in the `agenda`, with a clock that tests set.
"""
