"""Log lines: `2026-03-01T12:00:00.123Z INFO apps.runs.worker message key=value …`, one event a line."""

import logging
from datetime import UTC, datetime

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "taskName"}


class LineFormatter(logging.Formatter):
    """Time in UTC, level, logger, message, then whatever `extra=` brought as key=value."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        when = f"{moment:%Y-%m-%dT%H:%M:%S}.{int(record.msecs):03d}Z"
        parts = [when, record.levelname, record.name, record.getMessage()]
        parts += [f"{key}={value!r}" for key, value in vars(record).items() if key not in STANDARD]
        line = " ".join(parts)
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return line
