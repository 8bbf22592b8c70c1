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

uint32_t thread_current_id(void);
void thread_pause(uint32_t milliseconds);

#endif
