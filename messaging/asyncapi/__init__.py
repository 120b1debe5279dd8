"""The bus as an AsyncAPI 3.0 document, made from the contracts: `python -m messaging.asyncapi`.

Each event is a channel (an exchange and a routing key) with one who sends and those who receive; each command and
query is a channel of nameko's RPC exchange, whose owner receives a request and replies.
"""
