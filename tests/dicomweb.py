"""A small DICOMweb archive on the loopback, with one study of one slide that it makes itself.

It answers what pathgui asks for, as the standard says: searches for studies, series and instances
(QIDO-RS), metadata and frames (WADO-RS). It can refuse, break off, and answer nonsense.
"""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset
from pydicom.uid import (
    JPEGBaseline8Bit,
    VLWholeSlideMicroscopyImageStorage,
    generate_uid,
)

STUDY, SERIES = "1.2.3.4", "1.2.3.4.5"
USER, PASSWORD = "reader", "pass:wörd"
PATIENT, NAME, ACCESSION, DAY = "P-17", "Doe^Jane", "A-1", "20240305"
TILE, MPP = 64, 0.5


def picture(width: int, height: int) -> NDArray[np.uint8]:
    """Glass, and one block of tissue of softly changing color, RGB."""
    found = np.full((height, width, 3), 245, np.uint8)
    spots = np.random.default_rng(0).integers(-40, 40, (height // 16, width // 16, 3))
    colors = (np.array((180, 60, 140)) + spots).astype(np.uint8)
    block = Image.fromarray(colors).resize((width - 60, height - 50))
    found[20 : height - 30, 25 : width - 35] = np.asarray(block)
    return found


def slide_levels(width: int = 300, height: int = 220) -> list[NDArray[np.uint8]]:
    """Two levels, the coarse one at half the size."""
    finest = picture(width, height)
    half = Image.fromarray(finest).resize((width // 2, height // 2), Image.Resampling.BOX)
    return [finest, np.asarray(half)]


def frames_of(level: NDArray[np.uint8]) -> list[bytes]:
    """Its tiles as JPEG, row by row; those at the edge are padded with white."""
    found = []
    for y in range(0, level.shape[0], TILE):
        for x in range(0, level.shape[1], TILE):
            tile = np.full((TILE, TILE, 3), 255, np.uint8)
            part = level[y : y + TILE, x : x + TILE]
            tile[: part.shape[0], : part.shape[1]] = part
            file = io.BytesIO()
            Image.fromarray(tile).save(file, "JPEG", quality=95)
            found.append(file.getvalue())
    return found


def decoded(level: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the frames of a level hold."""
    frames, out = iter(frames_of(level)), np.empty_like(level)
    for y in range(0, level.shape[0], TILE):
        for x in range(0, level.shape[1], TILE):
            part = out[y : y + TILE, x : x + TILE]
            tile = np.asarray(Image.open(io.BytesIO(next(frames))).convert("RGB"))
            part[:] = tile[: part.shape[0], : part.shape[1]]
    return out


def instance(level: NDArray[np.uint8], factor: int, mpp: float | None = MPP) -> Dataset:
    """The metadata of one level."""
    height, width = level.shape[:2]
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = VLWholeSlideMicroscopyImageStorage, generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID = STUDY, SERIES
    data.FrameOfReferenceUID, data.Modality = "1.2.3.9", "SM"
    data.PatientID, data.PatientName, data.AccessionNumber = PATIENT, NAME, ACCESSION
    data.StudyDate, data.Manufacturer = DAY, "Scanner Ltd"
    data.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE" if factor == 1 else "RESAMPLED"]
    data.Rows = data.Columns = TILE
    data.TotalPixelMatrixColumns, data.TotalPixelMatrixRows = width, height
    data.NumberOfFrames = len(frames_of(level))
    data.DimensionOrganizationType, data.VolumetricProperties = "TILED_FULL", "VOLUME"
    data.SamplesPerPixel, data.PhotometricInterpretation = 3, "YBR_FULL_422"
    data.PlanarConfiguration = 0
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    data.TotalPixelMatrixFocalPlanes = data.NumberOfOpticalPaths = 1
    data.FocusMethod, data.ExtendedDepthOfField = "AUTO", "NO"
    data.ImagedVolumeWidth, data.ImagedVolumeHeight, data.ImagedVolumeDepth = 0.1, 0.075, 0.001
    origin = Dataset()
    origin.XOffsetInSlideCoordinateSystem = origin.YOffsetInSlideCoordinateSystem = 0
    data.TotalPixelMatrixOriginSequence, data.ImageOrientationSlide = [origin], [0, 1, 0, 1, 0, 0]
    path = Dataset()
    path.OpticalPathIdentifier, path.ObjectiveLensPower = "0", 20
    data.OpticalPathSequence = [path]
    shared = Dataset()
    if mpp is not None:
        measures = Dataset()
        measures.PixelSpacing = [mpp * factor / 1000] * 2
        measures.SliceThickness = 0.001
        shared.PixelMeasuresSequence = [measures]
    data.SharedFunctionalGroupsSequence = [shared]
    data.AvailableTransferSyntaxUID = JPEGBaseline8Bit
    return data


@dataclass
class Archive:
    """What the archive holds, and how it behaves; a test may change it on the way."""

    base: str = ""
    levels: list[NDArray[np.uint8]] = field(default_factory=slide_levels)
    instances: dict[str, tuple[Dataset, list[bytes]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # paths with their queries
    authorizations: list[str] = field(default_factory=list)  # as they came
    refuse: int = 0  # the status that every request gets
    frames_left: int | None = None  # then the connection breaks off at each frame
    nonsense: bool = False  # answers a page for people
    damaged: bool = False  # frames are no pictures

    gate: threading.Event = field(default_factory=threading.Event)  # not set: nobody is answered

    def __post_init__(self) -> None:
        self.gate.set()
        for number, level in enumerate(self.levels):
            data = instance(level, 2**number)
            self.instances[str(data.SOPInstanceUID)] = (data, frames_of(level))

    @property
    def url(self) -> str:
        """The address of its slide."""
        return f"{self.base}/studies/{STUDY}/series/{SERIES}"


class _Handler(BaseHTTPRequestHandler):
    archive: Archive
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits for the client's

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        archive, parts = self.archive, urlsplit(self.path)
        archive.asked.append(self.path)
        archive.gate.wait(30)
        given = self.headers.get("Authorization", "")
        archive.authorizations.append(given)
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if archive.refuse:
            return self._send(archive.refuse, b"{}", "application/json")
        if given not in (f"Basic {wanted}", "Bearer a-token"):
            return self._send(401, b"", "text/plain")
        if archive.nonsense:
            return self._send(200, b"<html>Welcome</html>", "text/html")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        words = parts.path.removeprefix("/dicom-web/").split("/")
        found = self._answer(words, query)
        if found is None:
            return self._send(404, b"", "text/plain")
        if isinstance(found, list):
            return self._send(200, json.dumps(found).encode(), "application/dicom+json")
        return self._frames(found)

    def _answer(self, words: list[str], query: dict[str, str]) -> Any:
        archive = self.archive
        if words == ["studies"]:
            asked = query.get("PatientID", "*").removesuffix("*")
            days = query.get("StudyDate", DAY)
            first, _, last = days.partition("-")
            if not PATIENT.startswith(asked) or not first <= DAY <= (last or first):
                return []
            study = Dataset()
            study.StudyInstanceUID, study.StudyDate = STUDY, DAY
            study.PatientID, study.PatientName, study.AccessionNumber = PATIENT, NAME, ACCESSION
            study.ModalitiesInStudy, study.NumberOfStudyRelatedSeries = ["SM"], 1
            study.StudyDescription = "Colon"
            return [study.to_json_dict()] if "offset" not in query else []
        if words[:2] != ["studies", STUDY]:
            return [] if words[2:] == ["series"] else None
        if words[2:] == ["series"]:
            series = Dataset()
            series.StudyInstanceUID, series.SeriesInstanceUID = STUDY, SERIES
            series.Modality, series.SeriesNumber, series.SeriesDescription = "SM", 3, "HE"
            series.NumberOfSeriesRelatedInstances = len(archive.instances)
            return [series.to_json_dict()]
        if words[2:] in (["instances"], ["series", SERIES, "instances"]):
            if query.get("Modality", query.get("00080060")) == "ANN":
                return []
            if SERIES not in query.get("0020000E", SERIES):
                return []
            return [_listed(data) for data, _ in archive.instances.values()]
        if words[2:4] == ["series", SERIES] and words[5] in archive.instances:
            data, frames = archive.instances[words[5]]
            if words[6:] == ["metadata"]:
                return [data.to_json_dict()]
            if words[6:7] == ["frames"]:
                chosen = [frames[int(number) - 1] for number in words[7].split(",")]
                return tuple(chosen)
        return None

    def _frames(self, frames: tuple[bytes, ...]) -> None:
        archive = self.archive
        if archive.frames_left is not None:
            if archive.frames_left < len(frames):
                self.close_connection = True
                self.connection.close()
                return
            archive.frames_left -= len(frames)
        parts = b""
        for frame in frames:
            content = b"no picture" if archive.damaged else frame
            parts += b"--x\r\nContent-Type: image/jpeg\r\n\r\n" + content + b"\r\n"
        kind = 'multipart/related; type="image/jpeg"; boundary=x'
        self._send(200, parts + b"--x--\r\n", kind)

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _listed(data: Dataset) -> dict[str, Any]:
    found = Dataset()
    for name in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        setattr(found, name, getattr(data, name))
    found.AvailableTransferSyntaxUID = JPEGBaseline8Bit
    found.Modality = "SM"
    return dict(found.to_json_dict())


@contextmanager
def dicomweb_archive() -> Iterator[Archive]:
    """The archive, as long as the block lasts."""
    archive = Archive()
    handler = type("Handler", (_Handler,), {"archive": archive})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    archive.base = f"http://127.0.0.1:{server.server_port}/dicom-web"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield archive
    finally:
        archive.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
