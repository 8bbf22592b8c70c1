-- The upgrade step from schema version 2 to version 3.
--
-- When the temporary file was written last, as its disk told it when it was closed for good (a whole file) or for now (a
-- part of one): whoever writes to it afterwards changes that. 0: unknown, or the job may have written to it since. It is
-- made 0 in the row of a part before the file is opened again.

ALTER TABLE progress ADD COLUMN written_at INTEGER NOT NULL DEFAULT 0;
