"""The local run: a whole conference on one machine, under `.run/`, with nothing installed by hand.

Read `processes.py` first: it is the architecture in a page.
"""
