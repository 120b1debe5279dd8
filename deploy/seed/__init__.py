"""The demo data: a whole convention, generated from a seed and loaded through the services' bulk commands.

`figures` says how much of everything, `words/` holds the vocabulary, `convention` generates, `loading` sends.
Start it with ``python -m deploy.seed``; see ``docs/seed-data.md``.
"""
