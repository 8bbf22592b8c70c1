/* A disk that fails, or that loses its power: what fault_vfs.h (SQLite's files) and fault_file.h (all others) have in common, so that one number names
 * any call of either that changes the disk, and one power cut strikes both.
 *
 * Method of the power cut: everything is written at once, but what stood there before is remembered until the file is flushed. After the cut every call
 * fails. fault_disk_power_up then decides for each change that was not flushed, by a seeded draw, whether it reached the disk, did not, or came as
 * garbage, and makes the files so. Renaming and deleting are durable at once, as NTFS logs them. Thread-safe. */
#ifndef DOSVC_TESTS_FAULT_DISK_H
#define DOSVC_TESTS_FAULT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

/* ---- Orders from the test ---- */

/* Call number `at` (from 0, counted from here on) fails with SQLite's `code` and GetLastError `error`; `lasting`: every
 * later one, too. */
void fault_disk_fail(uint32_t at, int code, uint32_t error, bool lasting);
/* The power goes at call number `at`; `is_done`: it goes at the end of the call, which is still lost or half done where it wrote. */
void fault_disk_cut(uint32_t at, bool is_done);
/* The process ends at call number `at`, as by TerminateProcess: before it, in its middle, or after it. */
enum fault_disk_moment { FAULT_DISK_BEFORE, FAULT_DISK_INSIDE, FAULT_DISK_AFTER };
void fault_disk_kill(uint32_t at, enum fault_disk_moment moment);
/* After all files were closed. Gives the disk what a cut left of it; everything works again. False: nothing had been
 * cut. */
bool fault_disk_power_up(uint32_t seed);
bool fault_disk_is_cut(void);
/* No fault any more. True: there has been one. */
bool fault_disk_heal(void);
/* Calls since the last order. */
uint32_t fault_disk_count(void);

/* ---- For the two layers ---- */

struct fault_disk_call {
    uint32_t number;
    bool is_last;    /* the power goes with it */
    bool is_skipped; /* before it has done anything */
};

/* Counts a call. SQLITE_OK: go on, and end it by fault_disk_leave; otherwise the failure, with the system's last error set. */
int fault_disk_enter(struct fault_disk_call *call);
/* False: the power went meanwhile, so the call has failed. */
bool fault_disk_leave(const struct fault_disk_call *call);
/* The process is to end in the middle of this call. */
bool fault_disk_dies_inside(const struct fault_disk_call *call);
void fault_disk_die(void);

/* Before the change is made. */
void fault_disk_remember_write(const wchar_t *path, uint64_t offset, const void *bytes, size_t size);
void fault_disk_remember_size(const wchar_t *path, uint64_t size);
void fault_disk_remember_creation(const wchar_t *path);
/* What was changed of the file is safe, or past caring; NULL: of all files. */
void fault_disk_forget(const wchar_t *path);
void fault_disk_renamed(const wchar_t *from, const wchar_t *to);

#endif
