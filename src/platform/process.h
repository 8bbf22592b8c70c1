/* Programs that are started and watched until they end: a seam, so that tests need none. */
#ifndef DOSVC_PLATFORM_PROCESS_H
#define DOSVC_PLATFORM_PROCESS_H

#include "hresult.h"
#include "lock.h"

struct process;

struct process_ops {
    /* Starts `program` with that command line (its first word is the program's name by custom; NULL: the name alone). It is a file's full name, or the name of
     * a file in the system's folder; E_INVALIDARG for another path. It runs as the user of this
     * process, through no shell, without a console window, with no handle of ours. `on_exit` is set when it ends, until the release. Returns new. */
    HRESULT(*start)
    (struct process_ops *ops, const char16_t *program, const char16_t *command_line, struct signal *on_exit,
     struct process **process);
    /* True when the program has ended. Never waits. */
    bool (*has_ended)(struct process_ops *ops, struct process *process, uint32_t *exit_code);
    /* Watches it no more; the program itself goes on. On return `on_exit` is set no more. */
    void (*release)(struct process_ops *ops, struct process *process);
};

struct process_ops *process_ops_system(void);

#endif
