"""One live session during a run: who publishes it, who watches by WHEP, who plays it by LL-HLS. Counted apart."""
