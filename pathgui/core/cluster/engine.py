"""What every engine can do: begin calls, say of each how it ended, and stop it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from pathgui.core.cluster.call import Call, Ended

State = Literal["waiting", "running"]


class Running(Protocol):
    """A call that was handed to an engine."""

    def look(self) -> Ended | State:
        """How it ended, or whether it runs yet. Raises ClusterError if nobody can say."""
        ...

    def stop(self) -> None:
        """End it, if it has not ended."""
        ...


class Engine(Protocol):
    """Carries calls out on workers."""

    @property
    def title(self) -> str:
        """The engine in words."""
        ...

    def submit(self, calls: Sequence[Call]) -> Sequence[Running]:
        """Hand calls to the workers, which take them in this order. Raises ClusterError."""
        ...
