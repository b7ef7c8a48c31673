"""Benchmarks: one command each, each a ratio against a floor measured in the same run.

``python -m bench import|page|crawl|patch [--feed FILE]``; without a feed, locations are made up from a seed.
Timings are never asserted; what is asserted is that both sides did the same work.
"""
