"""LL-HLS beside WebRTC: what is on a stage, packaged as it came into fMP4, served, recorded and replayed."""
