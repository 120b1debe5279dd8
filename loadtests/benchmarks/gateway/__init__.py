"""One run, four gateways in turns: classic nameko, FastAPI with aio-pika, ours, and nginx as the limit."""
