"""How much a run may take, from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from apps.runs import processes
from apps.runs.lease import LEASE_SECONDS, RENEW_SECONDS

SHARE_OF_MACHINE = 0.8


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes. `patience`: how long a cancelled run may take to stop by itself."""

    seconds: float
    memory: int
    patience: float = 2.0
    lease: float = LEASE_SECONDS
    renew: float = RENEW_SECONDS

    @classmethod
    def from_settings(cls) -> Limits:
        """RUN_SECONDS_LIMIT, RUN_MEMORY_LIMIT_MB (0: four fifths of the machine)."""
        memory = settings.RUN_MEMORY_LIMIT_MB * 2**20
        return cls(
            seconds=settings.RUN_SECONDS_LIMIT,
            memory=memory or int(processes.machine_memory() * SHARE_OF_MACHINE),
        )
