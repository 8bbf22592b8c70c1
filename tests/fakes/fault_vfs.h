/* SQLite's files on the disk of fault_disk.h: a VFS over the system's own that counts every call which changes the disk (write, truncate, sync, delete). */
#ifndef DOSVC_TESTS_FAULT_VFS_H
#define DOSVC_TESTS_FAULT_VFS_H

#include "fault_disk.h"

/* Becomes SQLite's default. Once per program. */
void fault_vfs_install(void);

#endif
