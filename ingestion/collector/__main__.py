"""``python -m ingestion.collector``: the same as ``cdp collect``."""

from cdp.cli import main
from ingestion.collector.command import command

if __name__ == "__main__":
    main(command)
