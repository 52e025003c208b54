"""A fleet writes to a folder or an object store, and a record there is as good as the copy of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from aoai_conformance.fleet.record_copy import RecordCopy, restore, upload
from aoai_conformance.fleet.storage import ObjectStorage, Storage, open_storage
from aoai_specs.errors import ConformanceError, OutputError


@pytest.fixture(params=["folder", "object store"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    MemoryFileSystem.store.clear()
    yield open_storage(str(tmp_path / "fleet") if request.param == "folder" else "memory://fleet/night")
    MemoryFileSystem.store.clear()


@pytest.fixture
def store() -> Iterator[Storage]:
    MemoryFileSystem.store.clear()
    yield open_storage("memory://fleet/night")
    MemoryFileSystem.store.clear()


def test_what_is_written_is_read(storage: Storage) -> None:
    storage.write("a/b.json", b"1")
    storage.write("a/b.json", b"2")
    assert (storage.read("a/b.json"), storage.read("a/c.json")) == (b"2", None)


def test_the_files_below_a_folder_are_listed_until_they_are_deleted(storage: Storage) -> None:
    for name in ("a/2", "a/1", "b/1"):
        storage.write(name, b"")
    assert storage.names("a") == ["a/1", "a/2"]
    storage.delete(["a/1", "a/2"])
    assert storage.names("a") == []


@pytest.mark.parametrize("url", ["s3://me:secret-pass@bucket/x", "abfs://box@account/x?sig=secret-pass"])
def test_a_url_with_credentials_is_rejected_without_quoting_them(url: str) -> None:
    with pytest.raises(ConformanceError, match="must not have a password") as raised:
        open_storage(url)
    assert "secret-pass" not in str(raised.value)


def test_a_missing_file_system_is_named() -> None:
    with pytest.raises(ConformanceError, match="pip install gcsfs"):
        open_storage("gs://bucket/x")


class Refusing:
    """A file system that may not delete."""

    def rm(self, paths: list[str]) -> None:
        raise PermissionError(f"AccessDenied: {len(paths)}")


def test_a_store_that_refuses_to_delete_is_an_error_for_the_user() -> None:
    with pytest.raises(OutputError, match="Cannot delete files below s3://bucket/night: AccessDenied: 1"):
        ObjectStorage("s3://bucket/night", Refusing(), "bucket/night").delete(["a"])


def record(folder: Path, *lines: bytes) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / "record.ndjson").open("ab") as opened:
        opened.write(b"".join(lines))


def restored(store: Storage, folder: Path) -> bytes:
    folder.mkdir()
    restore(store, "prod", folder)
    return (folder / "record.ndjson").read_bytes()


def test_a_growing_record_is_copied_line_by_line(store: Storage, tmp_path: Path) -> None:
    copy = RecordCopy(store, "prod", tmp_path / "run")
    copy.copy_new_lines()  # before there is a record
    record(tmp_path / "run", b"header\n", b"first\n", b"cut o")
    copy.copy_new_lines()
    record(tmp_path / "run", b"ff\n")
    copy.copy_new_lines()
    copy.copy_new_lines()
    assert len(store.names("prod")) == 2
    assert restored(store, tmp_path / "elsewhere") == b"header\nfirst\ncut off\n"


def test_the_record_of_a_resumed_run_supersedes_the_earlier_copy(store: Storage, tmp_path: Path) -> None:
    record(tmp_path / "run", b"header\n", b"first\n")
    RecordCopy(store, "prod", tmp_path / "run").copy_new_lines()
    record(tmp_path / "other", b"new header\n", b"first\n")
    with RecordCopy(store, "prod", tmp_path / "other", seconds=60) as copy:
        copy.copy_new_lines()
    assert restored(store, tmp_path / "elsewhere") == b"new header\nfirst\n"


def test_the_copy_ends_before_a_part_that_is_missing(store: Storage, tmp_path: Path) -> None:
    copy = RecordCopy(store, "prod", tmp_path / "run")
    for line in (b"header\n", b"first\n", b"second\n"):
        record(tmp_path / "run", line)
        copy.copy_new_lines()
    store.delete(store.names("prod")[1:2])
    assert restored(store, tmp_path / "elsewhere") == b"header\n"


def test_the_uploaded_record_supersedes_its_parts(store: Storage, tmp_path: Path) -> None:
    record(tmp_path / "run", b"header\n", b"footer\n")
    copy = RecordCopy(store, "prod", tmp_path / "run")
    copy.copy_new_lines()
    (tmp_path / "run" / "summary.json").write_text("{}")
    upload(store, "prod", tmp_path / "run")
    copy.delete_parts()
    assert store.names("prod") == ["prod/record.ndjson", "prod/summary.json"]
    assert restored(store, tmp_path / "elsewhere") == b"header\nfooter\n"
