/* A disk with one file, whatever its name, that counts calls and can be told to fail. Thread-safe. */
#ifndef FAKE_FILE_H
#define FAKE_FILE_H

#include "file_ops.h"
#include "lock.h"

#define FAKE_FILE_KEPT (256u * 1024) /* bytes whose content is kept; of what lies beyond only the size counts */

enum fake_file_call {
    FAKE_FILE_CHECK,
    FAKE_FILE_CREATE,
    FAKE_FILE_OPEN,
    FAKE_FILE_WRITE,
    FAKE_FILE_FLUSH,
    FAKE_FILE_SET_TIMES,
    FAKE_FILE_SET_SIZE,
    FAKE_FILE_CLOSE,
    FAKE_FILE_DELIVER,
    FAKE_FILE_REMOVE,
    FAKE_FILE_SIZE_OF,
    FAKE_FILE_FREE_SPACE,
    FAKE_FILE_CALLS
};

struct fake_file {
    struct file_ops ops; /* what the code under test gets */
    struct lock lock;
    bool exists;
    uint64_t size;
    uint64_t directory; /* likewise */
    uint64_t identity;  /* a test gives another one as if the file had been replaced */
    uint8_t content[FAKE_FILE_KEPT];
    uint64_t free_space;   /* of the disk; without end at first */
    uint64_t time;         /* of the last write, or as set since */
    uint64_t now;          /* its clock: one more with each write */
    uint64_t earliest;     /* times before that are refused, as FAT does those before 1980 */
    uint64_t flushed;      /* bytes written before the last flush */
    uint64_t flushed_time; /* the time at the last flush */
    uint64_t written;      /* bytes of all writes */
    unsigned open_count;   /* must be 0 in the end */
    unsigned calls[FAKE_FILE_CALLS];
    HRESULT fail[FAKE_FILE_CALLS];   /* a failure: every such call answers it and does nothing */
    void (*on_write)(void *context); /* inside each write, with no lock held */
    void *context;
};

void fake_file_init(struct fake_file *fake);

#endif
