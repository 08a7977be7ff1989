"""What was about to be written: so that an event is in one file, and in one only.

The same batch makes the same files, however often it is sent. After a process was
killed the next batch may be cut differently; it is then that this matters: before files
are written, their names and messages are noted in an object of their own, and whoever
starts leaves out the messages of noted files that are there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import msgspec

from activation.destinations.object_storage_files import File, hash_of
from activation.destinations.object_storage_folder import Folder

FOLDER = "_headwater"
_MOST_NOTES = 8


class _Note(msgspec.Struct, frozen=True):
    files: dict[str, list[str]]


class Journal:
    """The notes of one folder.

    Args:
        folder: Where files and notes are.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._notes: deque[str] = deque()
        self._written: frozenset[str] | None = None

    def written(self) -> frozenset[str]:
        """Return the messages of noted files that are there.

        Read once, and again after ``forget``.

        Raises:
            NotTaken: The store could not be reached, or refused.
        """
        if self._written is None:
            found: set[str] = set()
            names = [f"{FOLDER}/{name}" for name in self._folder.names(FOLDER)]
            for name in names:
                note = msgspec.json.decode(self._folder.read(name), type=_Note)
                for file, ids in note.files.items():
                    if self._folder.has(file):
                        found.update(ids)
            self._notes.extendleft(one for one in names if one not in self._notes)
            self._written = frozenset(found)
        return self._written

    def forget(self) -> None:
        """Read the notes again next time: writing has failed somewhere on the way."""
        self._written = None

    def note(self, files: Sequence[File]) -> None:
        """Note files before they are written; forget the oldest notes.

        Raises:
            NotTaken: The store could not be reached, or refused.
        """
        note = _Note({file.name: list(file.ids) for file in files})
        name = f"{FOLDER}/{hash_of(note.files)}.json"
        if name in self._notes:  # the same batch once more
            return
        self._folder.write(name, msgspec.json.encode(note))
        self._notes.append(name)
        while len(self._notes) > _MOST_NOTES:
            self._folder.delete(self._notes.popleft())
