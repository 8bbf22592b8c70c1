-- The queue file, schema version 1 (PRAGMA user_version). The build embeds this file, without its comments, and a new
-- database runs it as the upgrade step from version 0, and then those after it: queue_upgrade_2.sql ...
--
-- Text is UTF-16, little-endian, the form in which Windows hands it over: it is copied, never converted, and a file
-- name with an unpaired surrogate survives. (UTF-8 would halve the file, 550 bytes a file row with usual names, and
-- measures the same in speed; but it would give such a name back as another one.)
--
-- Sizes and times are unsigned 64-bit numbers; SQLite's integers are signed, so the upper half is stored as negative
-- numbers, and -1 is "unknown". Times are FILETIME units: 100 ns since 1601, UTC.
--
-- Two columns hold ranges, as a sequence of 16-byte pairs without a header; the length of the BLOB gives their count,
-- and no byte is the empty sequence. Each pair is two unsigned 64-bit numbers, least significant byte first:
--
--   file.wanted     remote offset, length; length FFFFFFFFFFFFFFFF reaches to the end of the remote file. In the order
--                   of the caller; pairs never overlap.
--   progress.have   first local byte, first local byte after it. Sorted, with at least one missing byte between two
--                   pairs, and no pair is empty. 00 00 00 01 00 00 00 00 | 00 00 00 02 00 00 00 00 is the second
--                   16 MiB.
--
-- A BLOB that breaks one of these rules makes its row invalid.

PRAGMA application_id = 1146049366; -- 'DOSV' read as a big-endian number: tells our file from any other database

CREATE TABLE job (
    key INTEGER PRIMARY KEY, -- short name of the job inside this file
    id BLOB NOT NULL UNIQUE, -- the job's GUID, the 16 bytes as they lie in memory
    sequence INTEGER NOT NULL, -- order of creation
    generation INTEGER NOT NULL, -- API that made it: 0 classic, 1 download
    owner TEXT NOT NULL, -- SID string of the user whose job it is
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    state INTEGER NOT NULL, -- enum job_state
    intent INTEGER NOT NULL, -- what was begun and is to be finished: 0 nothing, 1 Complete
    owed_event INTEGER NOT NULL, -- what the client has not been told yet: 0 nothing, 1 transferred, 2 error
    priority INTEGER NOT NULL, -- 0 foreground, 1 high, 2 normal, 3 low
    notify_flags INTEGER NOT NULL, -- enum notify_flags, or'ed
    creation_time INTEGER NOT NULL,
    modification_time INTEGER NOT NULL,
    transfer_completion_time INTEGER NOT NULL, -- 0: not yet
    error_count INTEGER NOT NULL, -- how often a transfer failed
    error_code INTEGER NOT NULL, -- HRESULT, signed; 0: there is no error
    error_context INTEGER NOT NULL, -- enum job_error_context
    error_file INTEGER NOT NULL -- number of the file that failed; 4294967295: none
) STRICT;

CREATE TABLE file (
    job INTEGER NOT NULL REFERENCES job (key),
    number INTEGER NOT NULL, -- position in the job, from 0
    file_id TEXT NOT NULL, -- unique in the job
    url TEXT NOT NULL, -- empty: not set yet
    local_path TEXT NOT NULL, -- normalised; empty: not set yet
    declared_size INTEGER NOT NULL, -- of the whole remote file, as the caller said; -1: nothing said
    wanted BLOB NOT NULL, -- ranges, see above; empty: the whole file
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

-- What changes while a file is transferred: apart, so that a checkpoint of the progress rewrites little. No row:
-- nothing has happened yet.
CREATE TABLE progress (
    job INTEGER NOT NULL,
    number INTEGER NOT NULL, -- of the file
    remote_total INTEGER NOT NULL, -- length of the remote file; -1: unknown
    status INTEGER NOT NULL, -- 0 pending, 1 transferred, 2 delivered
    etag TEXT NOT NULL, -- the server's, as sent; empty: none
    last_modified TEXT NOT NULL, -- the server's, as sent; empty: none
    last_modified_time INTEGER NOT NULL, -- the same as a number; 0: none
    have BLOB NOT NULL, -- ranges of the local file that are on the disk, see above
    PRIMARY KEY (job, number),
    FOREIGN KEY (job, number) REFERENCES file (job, number)
) STRICT, WITHOUT ROWID;
