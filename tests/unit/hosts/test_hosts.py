"""The promises of every host, kept by each of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from actorstream.common.clock import ManualClock
from actorstream.common.fault_points import SimulatedCrash
from actorstream.hosts.base import Actor, ActorHost, ActorRef, ActorStopped
from actorstream.hosts.mailbox import Mailbox
from actorstream.hosts.pykka_host import PykkaHost
from actorstream.hosts.sim_host import SimHost


@dataclass(frozen=True)
class Item:
    bulk: ClassVar[bool] = True
    number: int


@dataclass(frozen=True)
class Note:
    text: str


class Recorder(Actor):
    """Keeps what it is told; breaks when told to."""

    def __init__(self) -> None:
        self.seen: list[object] = []
        self.stopped = False

    def receive(self, message: Any) -> None:
        if isinstance(message, Note) and message.text == "break":
            raise ValueError("told to break")
        if isinstance(message, Note) and message.text == "exit":
            raise SystemExit("told to exit")
        if isinstance(message, Note) and message.text == "crash":
            raise SimulatedCrash("driver.before_purge", {"epoch": 3})
        self.seen.append(message)
        self.host.notify()

    def on_stop(self) -> None:
        self.stopped = True


class BrokenAtStart(Recorder):
    def on_start(self) -> None:
        raise OSError("cannot open")


@pytest.fixture(params=["pykka", "sim"])
def host(request: pytest.FixtureRequest) -> Iterator[ActorHost]:
    made: ActorHost = PykkaHost(ManualClock()) if request.param == "pykka" else SimHost()
    yield made
    made.shutdown()
    assert made.join(5)  # type: ignore[attr-defined]


def failures_of(host: ActorHost, actor: Actor) -> tuple[ActorRef, list[BaseException]]:
    failures: list[BaseException] = []

    def report(error: BaseException) -> None:
        failures.append(error)
        host.notify()

    return host.spawn(actor, "recorder", report), failures


def test_messages_of_one_sender_keep_their_order(host: ActorHost) -> None:
    actor = Recorder()
    ref, _ = failures_of(host, actor)
    for number in range(20):
        ref.tell(Item(number))
    assert host.wait_until(lambda: len(actor.seen) == 20, 5)
    assert actor.seen == [Item(number) for number in range(20)]


def test_a_failure_in_receive_reaches_on_failure_and_stops_only_that_actor(host: ActorHost) -> None:
    broken, healthy = Recorder(), Recorder()
    broken_ref, failures = failures_of(host, broken)
    healthy_ref, _ = failures_of(host, healthy)
    broken_ref.tell(Note("break"))
    assert host.wait_until(lambda: broken.stopped, 5)
    healthy_ref.tell(Note("still here"))
    assert host.wait_until(lambda: healthy.seen == [Note("still here")], 5)
    assert [str(error) for error in failures] == ["told to break"]


def test_a_base_exception_stops_only_its_actor(host: ActorHost) -> None:
    broken, healthy = Recorder(), Recorder()
    broken_ref, failures = failures_of(host, broken)
    healthy_ref, _ = failures_of(host, healthy)
    broken_ref.tell(Note("exit"))
    assert host.wait_until(lambda: len(failures) == 1, 5)
    healthy_ref.tell(Note("still here"))
    assert host.wait_until(lambda: healthy.seen == [Note("still here")], 5)


def test_a_failure_at_start_is_reported(host: ActorHost) -> None:
    _, failures = failures_of(host, BrokenAtStart())
    assert host.wait_until(lambda: len(failures) == 1, 5)
    assert str(failures[0]) == "cannot open"


def test_telling_a_stopped_actor_raises(host: ActorHost) -> None:
    actor = Recorder()
    ref, _ = failures_of(host, actor)
    ref.stop()
    assert host.wait_until(lambda: actor.stopped, 5)
    with pytest.raises(ActorStopped):
        ref.tell(Note("anybody?"))


def test_a_simulated_crash_stops_everybody_without_goodbye(host: ActorHost) -> None:
    dying, other = Recorder(), Recorder()
    dying_ref, failures = failures_of(host, dying)
    other_ref, _ = failures_of(host, other)
    dying_ref.tell(Note("crash"))
    assert host.wait_until(lambda: len(failures) == 1, 5)
    assert host.join(5)  # type: ignore[attr-defined]
    assert isinstance(failures[0], SimulatedCrash)
    assert (dying.stopped, other.stopped) == (False, False)
    with pytest.raises(ActorStopped):
        other_ref.tell(Note("anybody?"))


def test_a_timer_rings_when_the_clock_gets_there(host: ActorHost) -> None:
    actor = Recorder()
    ref, _ = failures_of(host, actor)
    host.schedule(500, ref, Note("ding"))
    if isinstance(host.clock, ManualClock):
        host.clock.advance(500)
    assert host.wait_until(lambda: actor.seen == [Note("ding")], 5)


def test_a_full_bulk_lane_holds_the_sender_back_and_control_goes_ahead() -> None:
    mailbox = Mailbox(bulk_max=1)
    mailbox.put_bulk("first")
    blocked = threading.Event()
    passed = threading.Event()

    def send() -> None:
        blocked.set()
        mailbox.put_bulk("second")
        passed.set()

    sender = threading.Thread(target=send)
    sender.start()
    blocked.wait(5)
    mailbox.put("control")
    assert mailbox.get() == "control"
    assert not passed.is_set()
    assert mailbox.get() == "first"
    assert passed.wait(5)
    assert mailbox.get() == "second"
    sender.join(5)


def test_closing_a_mailbox_frees_a_sender_that_waits_for_room() -> None:
    mailbox = Mailbox(bulk_max=1)
    mailbox.put_bulk("first")
    outcome: list[str] = []

    def send() -> None:
        try:
            mailbox.put_bulk("second")
        except ActorStopped:
            outcome.append("freed")

    sender = threading.Thread(target=send)
    sender.start()
    mailbox.close()
    sender.join(5)
    assert outcome == ["freed"]


def test_a_seed_decides_the_order_of_the_simulation() -> None:
    def order(seed: int) -> list[str]:
        host = SimHost(seed=seed)
        log: list[str] = []

        class Named(Actor):
            def __init__(self, name: str) -> None:
                self.name = name

            def receive(self, message: Any) -> None:
                log.append(self.name)

        refs = [host.spawn(Named(str(n)), str(n), lambda error: None) for n in range(4)]
        for _ in range(5):
            for ref in refs:
                ref.tell(Note("go"))
        host.run()
        host.shutdown()
        return log

    assert order(7) == order(7)
    assert len({tuple(order(seed)) for seed in range(5)}) > 1


class BrokenAtStop(Recorder):
    def on_stop(self) -> None:
        super().on_stop()
        raise OSError("cannot close")


def test_a_failure_at_the_end_is_logged_and_hurts_nobody(host: ActorHost, caplog: pytest.LogCaptureFixture) -> None:
    broken, healthy = BrokenAtStop(), Recorder()
    broken_ref, failures = failures_of(host, broken)
    healthy_ref, _ = failures_of(host, healthy)
    broken_ref.stop()
    assert host.wait_until(lambda: broken.stopped, 5)
    healthy_ref.tell(Note("still here"))
    assert host.wait_until(lambda: healthy.seen == [Note("still here")], 5)
    host.shutdown()
    assert host.join(5)  # type: ignore[attr-defined]
    assert failures == []
    assert "failed while stopping: cannot close" in caplog.text


def test_two_actors_that_finish_at_the_same_time_do_not_wait_for_each_other() -> None:
    host = PykkaHost(ManualClock())
    both = threading.Barrier(2)
    ends: list[str] = []

    class Finisher(Recorder):
        def receive(self, message: Any) -> None:
            both.wait()
            self.host.finish(lambda: ends.append("end"))
            raise ValueError("over")

    refs = [host.spawn(Finisher(), name, lambda error: None) for name in ("left", "right")]
    for ref in refs:
        ref.tell(Note("end it"))
    assert host.join(timeout_s=5)
    assert ends == ["end"]


def test_an_actor_that_is_spawned_while_the_host_stops_is_stopped_too() -> None:
    host = PykkaHost(ManualClock())
    late = Recorder()

    class Spawner(Recorder):
        def receive(self, message: Any) -> None:
            self.host.shutdown()
            self.host.spawn(late, "late", lambda error: None)

    host.spawn(Spawner(), "spawner", lambda error: None).tell(Note("go"))
    assert host.join(timeout_s=5)
    assert late.stopped
