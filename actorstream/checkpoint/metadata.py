"""``metadata``: who this checkpoint belongs to. Written once, at the first start, before anything else (CKP-5)."""

from __future__ import annotations

from dataclasses import dataclass

from actorstream.checkpoint.codec import decode, encode, not_understood
from actorstream.checkpoint.files import CheckpointFiles, FileExists
from actorstream.checkpoint.layout import COMMITS, METADATA, OFFSETS
from actorstream.common.hashing import HASH_NAME
from actorstream.common.ids import QueryId, new_query_id
from actorstream.errors import AnalysisException, SparkRuntimeException


@dataclass(frozen=True, slots=True)
class Metadata:
    """Identity of a checkpoint."""

    query_id: QueryId
    #: the function by which keys find their partition; a checkpoint written with another one cannot be split again
    hash_name: str


def open_metadata(files: CheckpointFiles, *, verify: bool = True) -> Metadata:
    """Read the identity of a checkpoint, or give a new one its own.

    Raises: AnalysisException STREAMING_CHECKPOINT_MISSING_METADATA_FILE when logs exist without it (CKP-11); SparkRuntimeException
        for a damaged file or another hash function.
    """
    try:
        return _read(files)
    except FileNotFoundError:
        if verify and (files.list(OFFSETS) or files.list(COMMITS)):
            raise AnalysisException(
                errorClass="STREAMING_CHECKPOINT_MISSING_METADATA_FILE",
                messageParameters={"checkpointLocation": files.root},
            ) from None
    metadata = Metadata(new_query_id(), HASH_NAME)
    try:
        files.write_new(METADATA, encode("metadata", {"id": metadata.query_id, "hash": metadata.hash_name}))
    except FileExists:
        return _read(files)  # somebody else was faster; the lease decides who goes on
    return metadata


def _read(files: CheckpointFiles) -> Metadata:
    path = f"{files.root}/{METADATA}"
    plain = decode("metadata", files.read(METADATA), path)
    try:
        query_id, hash_name = QueryId(plain["id"]), str(plain["hash"])
    except (KeyError, TypeError) as error:
        raise not_understood(path, error) from error
    if hash_name != HASH_NAME:
        raise SparkRuntimeException(
            errorClass="CHECKPOINT_HASH_MISMATCH",
            messageParameters={"location": files.root, "stored": hash_name, "current": HASH_NAME},
        )
    return Metadata(query_id, hash_name)
