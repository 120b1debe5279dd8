"""Session descriptions (RFC 8866, RFC 8829), as far as WHIP and WHEP need them."""
