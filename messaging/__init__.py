"""The only code that services share: contracts, the envelope, and both ways to speak on the bus."""
