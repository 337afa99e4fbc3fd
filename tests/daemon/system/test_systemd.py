"""sd_notify is one datagram to a socket, or nothing at all."""

import socket
from pathlib import Path

import pytest

from monitor.daemon.system import systemd


def test_systemd_is_told_in_one_datagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        assert systemd.notify("READY=1", "STATUS=1 sources")
        assert listener.recv(4096) == b"READY=1\nSTATUS=1 sources"


def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not systemd.notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    assert not systemd.notify("READY=1")


def test_a_manager_that_reads_no_more_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd, "PATIENCE", 0.05)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        told = 0
        while systemd.notify("STATUS=212 sources"):  # until its queue is full
            told += 1
        assert told > 0
        assert not systemd.notify("READY=1")
        listener.recv(4096)
        assert systemd.notify("READY=1")
