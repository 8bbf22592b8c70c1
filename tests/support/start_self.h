/* This test program again, as another process. */
#ifndef START_SELF_H
#define START_SELF_H

#include <wchar.h>

#include <windows.h>

/* `arguments` follow the program's name. `output`, inheritable, becomes its standard output; NULL: it inherits no
 * handle. Returns the process, the caller's to close; NULL with the thread's last error: it did not start. */
HANDLE start_self(const wchar_t *arguments, HANDLE output);

/* STATUS_DLL_INIT_FAILED, the exit code of a process in which a library could not be set up: main was not reached. Under Wine
 * that befalls a new process now and then while others are being killed. */
#define START_SELF_REACHED_NOTHING 0xC0000142u

#endif
