/* SQLite's files on the disk of fault_disk.h: a VFS over the system's own that counts every call which changes the disk (write, truncate, sync, delete). */
#ifndef DOSVC_TESTS_FAULT_VFS_H
#define DOSVC_TESTS_FAULT_VFS_H

#include "fault_disk.h"

/* Becomes SQLite's default. Once per program. */
void fault_vfs_install(void);

/* Reading number `at` (from 0, counted from here on, on any thread) fails, once. These are counted apart from the calls that change the disk: a reading costs no
 * promise, so a power cut need not strike there. */
void fault_vfs_fail_reading(uint32_t at);
/* No fault any more. True: there has been one. */
bool fault_vfs_heal_reading(void);

#endif
