#!/usr/bin/env python
"""Flowza's command line."""

import os
import sys

from flowza import threads

threads.limit()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flowza.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
