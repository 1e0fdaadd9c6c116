"""The file types of pathgui, once for all systems; what each system is told is made of them.

Runs, reference sets and cohorts are folders. Linux knows no types of folders, so there the program
offers itself for folders as such, and the user's file manager stays what opens them.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class FileType:
    """A kind of file or folder that the program opens."""

    ending: str
    mime: str
    title: str
    folder: bool = True
    edited: bool = False  # its files are edited with other programs, so it stays open to them


TYPES = (
    FileType("pgrun", "application/x-pathgui-run", "pathgui run"),
    FileType("pgref", "application/x-pathgui-reference", "pathgui reference set"),
    FileType("pgcohort", "application/x-pathgui-cohort", "pathgui cohort", edited=True),
    FileType("pgslide", "application/x-pathgui-slide", "Link to a slide in an archive", False),
)
FOLDERS = "inode/directory"


def desktop_entry(program: str) -> str:
    """The entry of the menu, for freedesktop.org's systems. ``program``: its absolute path."""
    mimes = ";".join([*(each.mime for each in TYPES), FOLDERS])
    return f"""[Desktop Entry]
Type=Application
Version=1.0
Name=pathgui
GenericName=Robustness of pathology encoders
Comment=Does a pathology encoder see tissue, or the hospital that stained it?
Exec="{program}" %F
Icon=pathgui
Terminal=false
StartupNotify=true
StartupWMClass=pathgui
Categories=Science;MedicalSoftware;
Keywords=pathology;slide;encoder;robustness;center;
MimeType={mimes};
"""


def mime_types() -> str:
    """The shared MIME information, for freedesktop.org's systems."""
    types = "".join(
        f"""  <mime-type type="{each.mime}">
    <comment>{escape(each.title)}</comment>
    <icon name="pathgui"/>
    <glob pattern="*.{each.ending}"/>
  </mime-type>
"""
        for each in TYPES
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
{types}</mime-info>
"""


def info_plist() -> dict[str, object]:
    """What macOS is told of the program. A run is one thing in the Finder; a cohort stays open."""
    types: list[dict[str, object]] = [
        {
            "CFBundleTypeName": each.title,
            "CFBundleTypeExtensions": [each.ending],
            "CFBundleTypeRole": "Editor",
            "LSHandlerRank": "Owner",
            "LSTypeIsPackage": each.folder and not each.edited,
        }
        for each in TYPES
    ]
    types.append(
        {  # so that a cohort, or a folder of slides, can be dropped onto the icon
            "CFBundleTypeName": "Folder",
            "LSItemContentTypes": ["public.folder"],
            "CFBundleTypeRole": "Viewer",
            "LSHandlerRank": "None",
        }
    )
    return {
        "CFBundleExecutable": "pathgui-window",
        "CFBundleDocumentTypes": types,
        "LSMinimumSystemVersion": "14.0",
        "NSHighResolutionCapable": True,
    }


def windows_condition() -> str:
    """The folders for which Windows offers *Open with pathgui*, in its query language."""
    return " OR ".join(f'System.FileName:"*.{each.ending}"' for each in TYPES if each.folder)
