"""``python -m activation.online``: the same as ``cdp serve``."""

from activation.online.command import command
from cdp.cli import main

main(command)
