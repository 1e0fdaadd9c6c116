"""Calls as tasks of a Ray cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pathgui.core.cluster.call import Call, Ended, carry_out, last_lines
from pathgui.core.cluster.engine import State
from pathgui.core.cluster.packages import how_to_install
from pathgui.core.errors import ClusterError
from pathgui.core.language.texts import say


class RayEngine:
    """A Ray cluster. A context manager: the connection ends with it.

    ``address`` as Ray takes it: HOST:PORT of the head, ``auto`` for one that runs on this machine.
    """

    def __init__(self, address: str, gpus: float = 0, cpus: float = 1) -> None:
        self._ray: Any = _ray()
        self._address = address
        self._wishes = {"num_gpus": gpus, "num_cpus": cpus}
        self._remote: Any = None

    @property
    def title(self) -> str:
        """The engine in words."""
        return say("Ray at {address}", address=self._address)

    def __enter__(self) -> RayEngine:
        try:
            self._ray.init(
                address=self._address, log_to_driver=False, configure_logging=False,
                ignore_reinit_error=True,
            )  # fmt: skip
        except Exception as error:  # Ray raises classes of many kinds
            raise ClusterError(
                say(
                    "There is no Ray cluster at {address}: {why}. Start one with "
                    "ray start --head, and give its address.",
                    address=self._address,
                    why=last_lines(str(error)),
                )
            ) from error
        # What was killed is handed over again by whoever follows the calls, who says so.
        self._remote = self._ray.remote(max_retries=0, **self._wishes)(carry_out)
        return self

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()

    def submit(self, calls: Sequence[Call]) -> list[_Task]:
        """Hand calls over as tasks."""
        return [_Task(self._ray, self._remote.remote(call)) for call in calls]


class _Task:
    """A task of a :class:`RayEngine`."""

    def __init__(self, ray: Any, reference: Any) -> None:
        self._ray = ray
        self._reference = reference

    def look(self) -> Ended | State:
        """How it ended, or whether it runs yet; Ray does not say whether it has begun."""
        ready, _ = self._ray.wait([self._reference], timeout=0)
        if not ready:
            return "running"
        try:
            found = self._ray.get(self._reference)
        except self._ray.exceptions.RayTaskError as error:
            return Ended(1, last_lines(str(error)))
        except self._ray.exceptions.RayError as error:  # its worker or its node is gone
            return Ended(-1, last_lines(str(error)), killed=True)
        assert isinstance(found, Ended)
        return found

    def stop(self) -> None:
        """End it, if it has not ended."""
        self._ray.cancel(self._reference, force=True)


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise ClusterError(
            say("Ray is missing on this machine. {how}", how=how_to_install("ray"))
        ) from error
    return ray
