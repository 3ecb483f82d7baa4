"""Ports: the one asked for or none, else the remembered one, else a free one, and it is said."""

import os
import sys
from typing import Any

import pytest
from studio import ports
from studio.trouble import Exit, Trouble

PLAIN: Any = {"first": 1, "take": ports.is_free}


def _free() -> int:
    with ports.listen(0) as listener:
        return int(listener.getsockname()[1])


def test_a_port_that_was_asked_for_and_is_taken_is_refused_with_its_holder() -> None:
    with ports.listen(0) as holder:
        port = int(holder.getsockname()[1])
        line = rf"Port {port} \(api\) is taken by pid {os.getpid()}"
        with pytest.raises(Trouble, match=line) as caught:
            ports.choose(["api"], asked={"api": port}, remembered={}, **PLAIN)
    assert caught.value.code is Exit.PORT


def test_a_remembered_port_is_used_again() -> None:
    port = _free()
    chosen, moved = ports.choose(["api"], asked={}, remembered={"api": port}, **PLAIN)
    assert (chosen, moved) == ({"api": port}, [])


def test_a_remembered_port_that_is_taken_is_left_and_said() -> None:
    with ports.listen(0) as holder:
        port = int(holder.getsockname()[1])
        chosen, moved = ports.choose(["api"], asked={}, remembered={"api": port}, **PLAIN)
    assert chosen["api"] != port
    assert len(moved) == 1
    assert moved[0].startswith(f"port {port} (api) is taken")
    assert moved[0].endswith(f"using {chosen['api']}")


def test_no_two_parts_get_the_same_port() -> None:
    port = _free()
    chosen, _ = ports.choose(
        ["b", "a", "c"],
        asked={"a": port},
        remembered={"b": port, "c": port},
        first=1,
        take=ports.is_free,
    )
    assert chosen["a"] == port
    assert len(set(chosen.values())) == 3


def test_a_port_lost_between_choice_and_use_is_a_clear_line() -> None:
    with ports.listen(0) as holder:
        port = int(holder.getsockname()[1])
        with pytest.raises(Trouble, match=rf"Port {port} \(issuer\) is taken"):
            ports.claim("issuer", port)


def test_a_port_another_stack_has_chosen_is_taken_before_it_listens() -> None:
    port = _free()
    first, second = ports.Reservations(), ports.Reservations()
    try:
        assert first.take(port)
        if sys.platform == "linux":
            assert not second.take(port)
        first.close()
        assert second.take(port)
    finally:
        first.close()
        second.close()


def test_who_listens_is_known() -> None:
    with ports.listen(0) as holder:
        port = int(holder.getsockname()[1])
        assert ports.listens(os.getpid(), port)
    assert not ports.listens(os.getpid(), port)
