/* All other files on the disk of fault_disk.h: the system's file_ops, each call of which is counted, but for closing. */
#ifndef DOSVC_TESTS_FAULT_FILE_H
#define DOSVC_TESTS_FAULT_FILE_H

#include "fault_disk.h"
#include "file_ops.h"

struct file_ops *fault_file_ops(void);
/* Files that are open. */
unsigned fault_file_open_count(void);

#endif
