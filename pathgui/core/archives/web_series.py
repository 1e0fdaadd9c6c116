"""One slide of a DICOMweb archive: its levels, and frames fetched as they are asked for (WADO-RS).

wsidicom knows how frames lie in instances, sparse and tiled, and decodes them; it is told which
series to open, and given frames of one instance in one request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.archives.addresses import SeriesAddress
from pathgui.core.archives.asking import asking, client_of, require_libraries
from pathgui.core.archives.logins import Login
from pathgui.core.errors import ArchiveError, UnreadableRegionError, one_line
from pathgui.core.language.texts import say

if TYPE_CHECKING:
    from dicomweb_client.api import DICOMwebClient
    from wsidicom import WsiDicom

_CACHE_BYTES = 64 << 20
_MOST_BULK = 1 << 26  # bytes of a color profile
_PROFILE = "00282000"
_SAMPLED = (0.0, 0.25, 0.5, 0.75, 1.0)  # frames of each level that the identity is made of


@dataclass(frozen=True)
class WebLevel:
    """One level of the pyramid; sizes are width, height."""

    size: tuple[int, int]
    tile: tuple[int, int]
    tiles: Callable[[Sequence[tuple[int, int]]], list[NDArray[np.uint8]]]
    frame: Callable[[tuple[int, int]], bytes]  # as it is stored


class WebSeries:
    """An open series. Any number of threads may read. Made by :func:`open_series`."""

    def __init__(
        self,
        address: SeriesAddress,
        slide: WsiDicom,
        client: DICOMwebClient,
        profiles: Mapping[str, str],
    ) -> None:
        self.address = address
        self._profiles = profiles  # addresses by the uid of the instance
        self._slide = slide
        self._client = client
        self.levels = tuple(
            WebLevel(
                (level.size.width, level.size.height),
                (level.tile_size.width, level.tile_size.height),
                self._reading(level),
                self._frames(level),
            )
            for level in slide.levels
        )

    @property
    def library(self) -> str:
        """What decodes it, with its version."""
        from importlib.metadata import version

        return f"wsidicom {version('wsidicom')}"

    @property
    def pixel_um(self) -> tuple[float, float] | None:
        """Width and height of a level-0 pixel in µm; None where the archive does not say."""
        spacing = self._slide.levels[0].pixel_spacing
        return None if spacing is None else (spacing.width * 1000, spacing.height * 1000)

    @property
    def objective(self) -> float | None:
        """Power of the objective; None where the archive does not say."""
        paths = getattr(self._dataset, "OpticalPathSequence", None) or ()
        power = next((getattr(path, "ObjectiveLensPower", None) for path in paths), None)
        try:
            return float(power) if power else None
        except (TypeError, ValueError):
            return None

    @property
    def icc_profile(self) -> bytes | None:
        """The color profile; None where there is none, or the archive does not give it."""
        from requests import RequestException

        paths = getattr(self._dataset, "OpticalPathSequence", None) or ()
        profile = next((getattr(path, "ICCProfile", None) for path in paths), None)
        if isinstance(profile, bytes) and profile:
            return profile
        place = self._profiles.get(self.fact("SOPInstanceUID"))
        if place is not None:
            with suppress(RequestException, ValueError):
                parts = self._client.retrieve_bulkdata(place, ("application/octet-stream",))
                if parts and 0 < len(parts[0]) <= _MOST_BULK:
                    return bytes(parts[0])
        return None

    def fact(self, keyword: str) -> str:
        """What the finest level says under a DICOM keyword; "" if nothing."""
        return str(getattr(self._dataset, keyword, "") or "")

    def identity(self) -> str:
        """64 hexadecimal digits: of the uids of the levels' instances, and of some frames."""
        digest = hashlib.sha256(b"pathgui archive slide 1")
        uids = sorted(
            str(dataset.uids.instance) for level in self._slide.levels for dataset in level.datasets
        )
        digest.update("\n".join([self.address.series, *uids]).encode())
        for level in self.levels:
            across, down = (-(-s // t) for s, t in zip(level.size, level.tile, strict=True))
            n = across * down
            for index in sorted({round(share * (n - 1)) for share in _SAMPLED}):
                frame = level.frame((index % across, index // across))
                digest.update(hashlib.sha256(frame).digest())
        return digest.hexdigest()

    def picture(self, name: str) -> NDArray[np.uint8] | None:
        """The label or the macro picture as RGB; None where the archive has none."""
        from wsidicom.errors import WsiDicomNotFoundError

        read = {"label": self._slide.read_label, "macro": self._slide.read_overview}.get(name)
        with self._asking():
            try:
                return None if read is None else np.asarray(read().convert("RGB"))
            except WsiDicomNotFoundError:
                return None

    def pictures(self) -> dict[str, tuple[int, int]]:
        """Width and height of the label and the macro picture, as far as there are any."""
        found = {"label": self._slide.labels, "macro": self._slide.overviews}
        return {
            name: (pictures[0].size.width, pictures[0].size.height)
            for name, pictures in found.items()
            if pictures
        }

    def close(self) -> None:
        """Let go of the connections. May be called twice."""
        self._slide.close()
        self._client._session.close()

    @property
    def _dataset(self) -> Any:
        return self._slide.levels[0].default_instance.dataset.as_dataset()

    def _asking(self) -> Any:
        return asking(self.address.base, _gone(self.address))

    def _reading(self, level: Any) -> Callable[[Sequence[tuple[int, int]]], Any]:
        image = level.default_instance.image_data

        def tiles(places: Sequence[tuple[int, int]]) -> list[NDArray[np.uint8]]:
            from wsidicom.geometry import Point

            points = [Point(x, y) for x, y in places]
            with self._asking(), self._decoding(level):
                found = image.get_decoded_tiles(points, image.default_z, image.default_path)
                return [_as_rgb(tile) for tile in found]

        return tiles

    def _frames(self, level: Any) -> Callable[[tuple[int, int]], bytes]:
        image = level.default_instance.image_data

        def frame(place: tuple[int, int]) -> bytes:
            from wsidicom.geometry import Point

            with self._asking(), self._decoding(level):
                point = Point(*place)
                if image.is_sparse(point, image.default_z, image.default_path):
                    return b""
                return bytes(image.get_encoded_tile(point, image.default_z, image.default_path))

        return frame

    def _decoding(self, level: Any) -> Any:
        return _damage_as_region(level.level)


class _damage_as_region:
    """What a decoder says of a frame, as UnreadableRegionError; network errors pass."""

    def __init__(self, level: int) -> None:
        self._level = level

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        import requests

        if not isinstance(error, Exception) or isinstance(error, requests.RequestException):
            return
        raise UnreadableRegionError(
            say(
                "A frame of level {level} that the archive sent cannot be decoded: {why}. The "
                "slide is damaged there; ask whoever runs the archive to store it again.",
                level=self._level,
                why=one_line(error) or type(error).__name__,
            )
        ) from error


def open_series(address: SeriesAddress, login: Login | None = None) -> WebSeries:
    """Open a slide of an archive. Only what describes it is fetched.

    Raises
    ------
    ArchiveError
        If the archive cannot be reached or refuses, has no such series, or the series is no slide
        that can be read.
    """
    require_libraries()
    from pydicom import Dataset
    from wsidicom import WsiDicom, WsiDicomWebClient
    from wsidicom.config import Settings
    from wsidicom.errors import WsiDicomError, WsiDicomNotFoundError

    client = client_of(address.base, login)
    profiles: dict[str, str] = {}

    class Client(WsiDicomWebClient):  # type: ignore[misc]
        """Notes where color profiles lie, which are fetched when they are wanted."""

        def get_instance(self, study_uid: Any, series_uid: Any, instance_uid: Any) -> Dataset:
            found = client.retrieve_instance_metadata(study_uid, series_uid, instance_uid)

            def bulk(tag: str, _vr: str, uri: str) -> None:
                # Behind a proxy an archive may call itself by a name that nobody else knows.
                _, studies, rest = str(uri).partition("/studies/")
                if tag == _PROFILE and studies:
                    profiles[str(instance_uid)] = f"{address.base}/studies/{rest}"

            return Dataset.from_json(found, bulk_data_uri_handler=bulk)

    unfit = say("The series {series} cannot be read as a slide", series=address.series)
    try:
        with asking(address.base, _gone(address)):
            settings = Settings(
                decoded_frame_cache_size=_CACHE_BYTES, encoded_frame_cache_size=1 << 20
            )
            slide = WsiDicom.open_web(
                Client(client), address.study, address.series, settings=settings
            )
    except WsiDicomNotFoundError as error:
        with asking(address.base, _gone(address)):
            there = client.search_for_instances(address.study, address.series, limit=1)
        if not there:
            raise ArchiveError(_gone(address)) from error
        raise ArchiveError(
            f"{unfit}: "
            + say(
                "no level of it is a picture of slide microscopy in 8 bits that is compressed as "
                "JPEG or JPEG 2000, or not at all. Export it from the archive in that form."
            )
        ) from error
    except (WsiDicomError, ValueError, NotImplementedError) as error:
        raise ArchiveError(
            f"{unfit}: {one_line(error)}. "
            + say("Export it from the archive as files, and open these.")
        ) from error
    bits = slide.levels[0].default_instance.dataset.bits
    if bits > 8:
        slide.close()
        raise ArchiveError(
            f"{unfit}: "
            + say(
                "it has {bits} bits a channel, and only those of 8 bits are read from archives. "
                "Export it as 8-bit DICOM.",
                bits=bits,
            )
        )
    return WebSeries(address, slide, client, profiles)


def _gone(address: SeriesAddress) -> str:
    return say(
        "The archive {base} has no slide under series {series}. Search for it again: it may have "
        "been removed, moved, or be another user's.",
        base=address.base,
        series=address.series,
    )


def _as_rgb(tile: NDArray[Any]) -> NDArray[np.uint8]:
    if tile.dtype != np.uint8:
        raise ValueError(f"pixels of type {tile.dtype}")
    if tile.ndim == 2:
        return np.repeat(tile[..., None], 3, axis=2)
    return tile[..., :3] if tile.shape[2] > 3 else np.repeat(tile, 3 // tile.shape[2], axis=2)
