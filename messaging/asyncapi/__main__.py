"""Prints the document: `python -m messaging.asyncapi > docs/asyncapi.yaml`."""

import sys

from .document import render

if __name__ == "__main__":
    sys.stdout.write(render())
