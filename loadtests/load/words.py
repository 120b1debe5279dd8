"""What people search for: the words of the demo convention, in both languages."""

from __future__ import annotations

from deploy.seed.words import sectors

WORDS = tuple(
    word for sector in sectors() for pair in (*sector.methods, *sector.products, sector.name) for word in pair
)
