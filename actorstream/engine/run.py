"""One run of one query: what belongs to it, and the one way in which it ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from actorstream.common.clock import Clock
from actorstream.common.config import FORCE_DELETE_TEMP_CHECKPOINT, Conf
from actorstream.common.fault_points import SimulatedCrash
from actorstream.common.ids import NodeId, PartitionId, QueryId, RunId
from actorstream.engine.messages import Failed
from actorstream.engine.query import QueryObserver, QueryRecord, StreamingQuery, cause_text
from actorstream.hosts.base import ActorHost

_log = logging.getLogger("actorstream.engine")

DRIVER = NodeId("driver")


@dataclass(slots=True)
class QueryRun:
    """The parts of a run that its driver and its actors share."""

    query_id: QueryId
    run_id: RunId
    name: str | None
    conf: Conf
    clock: Clock
    host: ActorHost
    record: QueryRecord
    observer: QueryObserver | None
    #: deletes a temporary checkpoint; None for one that stays
    delete_checkpoint: Callable[[], None] | None
    #: lets go of the checkpoint and of the process's list of active queries
    release: Callable[[], None]
    #: lets go of the descriptors of the checkpoint's folders, once nobody writes any more
    close_files: Callable[[], None]
    query: StreamingQuery | None = field(default=None)

    def abandoned(self) -> None:
        """The start has failed half-way: nothing has run, and nothing may remain of it."""
        self.host.shutdown()
        self.close_files()
        self.release()
        self.record.stopping = self.record.ended = True
        if self.query is not None and self.observer is not None:
            self.observer.ended(self.query)

    def failed(self, failure: Failed) -> None:
        """End the run because of an actor's failure. Called by the driver, or in the driver's place if that is what failed."""
        if self.record.ended or self.record.failure is not None:
            return
        _log.debug("query %s epoch %s: %s", self.query_id, failure.epoch, cause_text(failure.error))
        self.record.failure = failure
        self.host.finish(self._ended)

    def finished(self) -> None:
        """End the run without an error."""
        self.host.finish(self._ended)

    def driver_failed(self, error: BaseException) -> None:
        """The driver itself has died."""
        self.actor_failed(Failed(DRIVER, PartitionId(0), None, error), self.failed)

    def actor_failed(self, failure: Failed, tell_driver: Callable[[Failed], None]) -> None:
        """Where every host reports a failure: an ordinary one goes to the driver, a simulated death ends the run at once."""
        if isinstance(failure.error, SimulatedCrash):
            self._crashed(failure)
        else:
            tell_driver(failure)

    def _crashed(self, failure: Failed) -> None:
        self.record.failure = failure
        self.host.finish(self._dead)

    def _dead(self) -> None:
        """What remains of a process that was killed: its files. Nobody is told, nothing is cleaned up."""
        self.release()
        self.record.set_status(f"Terminated with exception: {cause_text(self._error())}")
        if self.query is not None and self.observer is not None:
            self.observer.ended(self.query)
        self.record.ended = True
        self.host.notify()

    def _error(self) -> BaseException:
        return self.record.failure.error if self.record.failure is not None else RuntimeError("no failure")

    def _ended(self) -> None:
        """Every actor has stopped. Order as in the reference: status, unregister, event, temporary files, waiters."""
        failed = self.record.failure is not None
        self.record.set_status(f"Terminated with exception: {cause_text(self._error())}" if failed else "Stopped")
        self.close_files()
        self.release()
        self.record.stopping = True
        try:
            query, observer = self.query, self.observer
            if query is not None and observer is not None:
                observer.ended(query)
                observer.terminated(self.query_id, self.run_id, *query.failure_texts())
            if self.delete_checkpoint is not None and (not failed or self.conf.value(FORCE_DELETE_TEMP_CHECKPOINT)):
                try:
                    self.delete_checkpoint()
                except OSError as error:
                    _log.warning("the temporary checkpoint of query %s could not be deleted: %s", self.query_id, error)
        finally:
            # whatever an observer does: those who wait for the end must not wait for ever
            self.record.ended = True
            self.host.notify()
