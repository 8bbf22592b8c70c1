#include "host_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct engine_fixture fx;
HANDLE gate;

int host_open(void **context)
{
    (void)context;
    fixture_open(&fx);
    gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    return 0;
}

int host_close(void **context)
{
    (void)context;
    SetEvent(gate);
    fixture_close(&fx);
    CloseHandle(gate);
    return 0;
}

struct memory_resource *host_resource(const char16_t *server, const char16_t *name)
{
    struct memory_resource *resource = memory_http_add(&fx.http, name, 1000, fx.http.resource_count);
    (void)swprintf(resource->url, ARRAYSIZE(resource->url), L"http://%ls/%ls", server, name);
    return resource;
}

void host_start_as(enum job_priority priority, struct job **jobs, size_t count, const struct memory_resource *resource,
                   const char16_t *name)
{
    for (size_t i = 0; i < count; i++) {
        char16_t numbered[32];
        (void)swprintf(numbered, ARRAYSIZE(numbered), L"%ls%zu", name, i);
        jobs[i] = fixture_job(&fx);
        fixture_add(&fx, jobs[i], resource, numbered);
        assert_int_equal(job_set_priority(jobs[i], priority), S_OK);
        assert_int_equal(job_resume(jobs[i]), S_OK);
    }
}

void host_start(struct job **jobs, size_t count, const struct memory_resource *resource, const char16_t *name)
{
    host_start_as(JOB_NORMAL, jobs, count, resource, name);
}

void host_until_all(struct job *const *jobs, size_t count, enum job_state state)
{
    for (size_t i = 0; i < count; i++)
        fixture_until_state(&fx, jobs[i], state);
}

void host_cancel_all(struct job **jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(job_cancel(jobs[i]), S_OK);
        job_release(jobs[i]);
    }
}

struct attempts {
    struct memory_resource *resource;
    uint32_t count;
};

uint32_t host_attempts(const struct memory_resource *resource)
{
    return memory_http_attempts(&fx.http, resource);
}

static bool has_attempts(void *context)
{
    struct attempts *wanted = context;
    return host_attempts(wanted->resource) >= wanted->count;
}

void host_until_attempts(struct memory_resource *resource, uint32_t count)
{
    struct attempts wanted = {resource, count};
    fixture_until(&fx, has_attempts, &wanted, "requests");
}

void host_set_answer_gate(struct memory_resource *resource, HANDLE event)
{
    lock_acquire(&fx.http.lock);
    resource->answer_gate = event;
    lock_release(&fx.http.lock);
}

void host_advance_until_asked(struct memory_resource *resource)
{
    uint32_t before = host_attempts(resource);
    for (unsigned second = 0; host_attempts(resource) == before; second++) {
        assert_in_range(second, 0, 75);
        fixture_advance(&fx, 1000);
        if (fixture_flights(&fx))
            host_until_attempts(resource, before + 1);
    }
}
