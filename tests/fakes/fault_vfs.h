/* The disk below SQLite, in a world where it fails: a VFS over the system's own that counts every call which changes
 * the disk (write, truncate, sync, delete) and lets one of them fail, or cuts the power there.
 *
 * Method of the power cut: everything is written at once, but what stood there before is remembered until the file is
 * synced. After the cut every call fails. fault_vfs_power_up then decides for each change that was not synced, by a
 * seeded draw, whether it reached the disk, did not, or came as garbage, and makes the files so. */
#ifndef DOSVC_TESTS_FAULT_VFS_H
#define DOSVC_TESTS_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

/* Becomes SQLite's default. Once per program. */
void fault_vfs_install(void);

/* Call number `at` (from 0, counted from here on) fails with SQLite's `code` and GetLastError `error`; `lasting`: every
 * later one, too. */
void fault_vfs_fail(uint32_t at, int code, uint32_t error, bool lasting);
/* The power goes at call number `at`, which is lost or half done. */
void fault_vfs_cut(uint32_t at);
/* After all files were closed. Gives the disk what a cut left of it; everything works again. False: nothing had been
 * cut. */
bool fault_vfs_power_up(uint32_t seed);
/* No fault any more. True: there has been one. */
bool fault_vfs_heal(void);

#endif
