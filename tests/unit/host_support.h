/* What the tests of servers share: jobs of one file each at servers of any name. */
#ifndef HOST_SUPPORT_H
#define HOST_SUPPORT_H

#include "engine_fixture.h"

#include <windows.h>

#define CANNOT_CONNECT ((HRESULT)0x80072EFD)

extern struct engine_fixture fx;
extern HANDLE gate; /* shut; opened at the end */

/* Set-up and tear-down of each test: the fixture, and a gate that is shut. */
int host_open(void **context);
int host_close(void **context);
/* 1,000 bytes at that server. */
struct memory_resource *host_resource(const char16_t *server, const char16_t *name);
/* `count` jobs with one file each, all of them the same resource, resumed. */
void host_start_as(enum job_priority priority, struct job **jobs, size_t count, const struct memory_resource *resource,
                   const char16_t *name);
void host_start(struct job **jobs, size_t count, const struct memory_resource *resource, const char16_t *name);
void host_until_all(struct job *const *jobs, size_t count, enum job_state state);
/* And releases them. */
void host_cancel_all(struct job **jobs, size_t count);
/* How often it has been asked for, requests without an answer among them. */
uint32_t host_attempts(const struct memory_resource *resource);
void host_until_attempts(struct memory_resource *resource, uint32_t count);
void host_set_answer_gate(struct memory_resource *resource, HANDLE event);
/* The longest pause, and what chance adds to it. What is on its way already is waited for. */
void host_advance_until_asked(struct memory_resource *resource);

#endif
