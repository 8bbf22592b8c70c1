/* Threads. */
#ifndef DOSVC_PLATFORM_THREAD_H
#define DOSVC_PLATFORM_THREAD_H

#include "hresult.h"

struct thread;

/* Starts `run(context)` and returns new in *thread; end it with thread_join. `name` is shown by debuggers (a
 * literal). */
HRESULT thread_start(const char16_t *name, void (*run)(void *context), void *context, struct thread **thread);
/* Waits for the thread's end and frees it. */
void thread_join(struct thread *thread);

/* Starts a thread that keeps this module loaded and leaves by FreeLibraryAndExitThread: nobody joins it. */
HRESULT thread_start_last(const char16_t *name, void (*run)(void *context), void *context);

/* Around what a thread of ours does that the process should not exit in, such as loading a library: Wine (8.0) ends a process by killing its other threads
 * wherever they are, and one that just then has memory mapped leaves a lock behind on which the process hangs for ever. */
void thread_delicate_begin(void);
void thread_delicate_end(void);
uint32_t thread_delicate_count(void); /* of threads that are within */
bool thread_is_killed_anywhere(void); /* this is Wine */

uint32_t thread_current_id(void);
void thread_pause(uint32_t milliseconds);

#endif
