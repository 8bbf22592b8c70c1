-- The upgrade step from schema version 1 to version 2. A new database runs it right after queue_schema.sql, whose rules
-- for texts, numbers and times hold here, too.
--
-- Properties are what a job or a file may have beyond its columns: a row for each one that somebody has set, and none
-- for all others. src/base/property.c is the list of them, with the type and the limits of each.
--
-- A value is its bytes, without a header. Numbers: 4 or 8 of them, least significant byte first. Booleans: 1 byte, 0 or
-- 1. Texts: UTF-16, little-endian, without a terminator. GUIDs: the 16 bytes as they lie in memory. Secrets: what
-- CryptProtectData made of them. A row with a value that its property cannot have is invalid, and skipped.

CREATE TABLE job_property (
    job INTEGER NOT NULL REFERENCES job (key),
    id INTEGER NOT NULL, -- enum property_id
    value BLOB NOT NULL,
    PRIMARY KEY (job, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE file_property (
    job INTEGER NOT NULL,
    number INTEGER NOT NULL, -- of the file
    id INTEGER NOT NULL, -- enum property_id
    value BLOB NOT NULL,
    PRIMARY KEY (job, number, id),
    FOREIGN KEY (job, number) REFERENCES file (job, number)
) STRICT, WITHOUT ROWID;
