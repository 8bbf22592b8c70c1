/* The engine when the store does not take its changes. The linker puts these two functions before the store's own. */
#include "engine_fixture.h"
#include "engine_private.h"
#include "http_options.h"
#include "memory.h"
#include "queue_store.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define STORE_FAILURE HRESULT_OF_WIN32(ERROR_DISK_FULL)

HRESULT __real_queue_store_begin(struct queue_store *store);
HRESULT __real_queue_store_commit(struct queue_store *store);
HRESULT __wrap_queue_store_begin(struct queue_store *store);
HRESULT __wrap_queue_store_commit(struct queue_store *store);

static struct engine_fixture fx;
static enum { NEVER, AT_BEGIN, AT_COMMIT, AT_NEXT_COMMIT } failing;
static unsigned failures_first, commits_before_failure; /* of AT_COMMIT: those fail, then these do not */

HRESULT __wrap_queue_store_begin(struct queue_store *store)
{
    return failing == AT_BEGIN ? STORE_FAILURE : __real_queue_store_begin(store);
}

HRESULT __wrap_queue_store_commit(struct queue_store *store)
{
    if (failing != AT_COMMIT && failing != AT_NEXT_COMMIT)
        return __real_queue_store_commit(store);
    if (failing == AT_NEXT_COMMIT)
        failing = NEVER;
    if (failures_first) {
        failures_first--;
    } else if (commits_before_failure) {
        commits_before_failure--;
        return __real_queue_store_commit(store);
    }
    queue_store_rollback(store);
    return STORE_FAILURE;
}

static int open_fixture(void **context)
{
    (void)context;
    failing = NEVER;
    failures_first = commits_before_failure = 0;
    fixture_open(&fx);
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    failing = NEVER;
    fixture_close(&fx);
    return 0;
}

static HRESULT add(struct job *job, const char16_t *name)
{
    char16_t path[TEMP_PATH_MAX];
    fixture_path(&fx, name, path);
    struct file_spec spec = {.url = u"http://test/added", .local_path = path, .declared_size = SIZE_UNKNOWN};
    return job_add_files(job, &spec, 1);
}

static HRESULT create(struct job *unused)
{
    struct job *job = NULL;
    (void)unused;
    HRESULT hr = engine_create_job(fx.engine, u"another", &job);
    assert_int_equal(job == NULL, FAILED(hr));
    if (job) {
        assert_int_equal(job_cancel(job), S_OK);
        job_release(job);
    }
    return hr;
}

static HRESULT add_file(struct job *job)
{
    return add(job, u"added");
}

static HRESULT set_flags(struct job *job)
{
    return job_set_notify_flags(job, NOTIFY_FLAG_MODIFICATION);
}

static HRESULT set_proxy(struct job *job)
{
    return job_set_proxy(job, HTTP_PROXY_OVERRIDE, u"proxy:80", u"<local>");
}

static HRESULT set_credential(struct job *job)
{
    const struct http_credential credential = {HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"user", u"secret"};
    return job_set_credential(job, &credential);
}

static HRESULT remove_credential(struct job *job)
{
    return job_remove_credential(job, HTTP_AUTH_SERVER, HTTP_AUTH_BASIC);
}

static HRESULT set_headers(struct job *job)
{
    return job_set_custom_headers(job, u"X-Test: 1");
}

static HRESULT set_security_flags(struct job *job)
{
    return job_set_security_flags(job, HTTP_CHECK_REVOCATION);
}

static HRESULT set_certificate(struct job *job)
{
    const struct http_client_certificate certificate = {
        .kind = HTTP_CERT_BY_SUBJECT, .store = u"MY", .subject = u"subject"};
    return job_set_client_certificate(job, &certificate);
}

static HRESULT set_command(struct job *job)
{
    return job_set_notify_command(job, u"C:\\a.exe", u"/x");
}

/* All of a job that a verb could have changed. */
struct view {
    enum job_state state;
    struct job_progress progress;
    struct job_times times;
    uint32_t flags;
    uint64_t proxy_usage, security_flags;
    bool has_value[5];
    size_t jobs;
    size_t temporary_files;
};

static bool has_value(struct job *job, enum property_id id)
{
    void *bytes;
    size_t size;
    HRESULT hr = job_bytes_of(job, id, &bytes, &size);
    mem_free(bytes);
    return hr == S_OK;
}

static struct view view_of(struct job *job)
{
    static const enum property_id ids[] = {PROPERTY_PROXY_LIST, PROPERTY_SERVER_BASIC, PROPERTY_CUSTOM_HEADERS,
                                           PROPERTY_CLIENT_CERTIFICATE, PROPERTY_NOTIFY_PROGRAM};
    struct view view;
    struct job **jobs;
    memset(&view, 0, sizeof(view)); /* compared as bytes, padding included */
    view.state = job_state(job);
    view.progress = job_progress(job);
    view.times = job_times(job);
    view.flags = job_notify_flags(job);
    view.proxy_usage = job_number(job, PROPERTY_PROXY_USAGE);
    view.security_flags = job_number(job, PROPERTY_SECURITY_FLAGS);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        view.has_value[i] = has_value(job, ids[i]);
    view.temporary_files = fixture_temporary_files(&fx);
    assert_int_equal(engine_list_jobs(fx.engine, false, &jobs, &view.jobs), S_OK);
    for (size_t i = 0; i < view.jobs; i++)
        job_release(jobs[i]);
    mem_free(jobs);
    return view;
}

static void assert_refused(struct job *job, HRESULT (*verb)(struct job *job))
{
    struct view before = view_of(job);
    fake_clock_advance(&fx.clock, 1); /* a time that changed would show */
    for (failing = AT_BEGIN; failing <= AT_COMMIT; failing++) {
        assert_int_equal(verb(job), STORE_FAILURE);
        struct view after = view_of(job);
        assert_memory_equal(&before, &after, sizeof(before));
    }
    failing = NEVER;
}

static void a_verb_that_is_not_stored_changes_nothing(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    struct memory_resource *resource = memory_http_add(&fx.http, u"slow", 500000, 1);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 131072;
    assert_refused(job, create);
    assert_refused(job, add_file);
    assert_refused(job, set_flags);
    fixture_add(&fx, job, resource, u"slow");
    assert_refused(job, job_resume);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    assert_refused(job, job_suspend);
    assert_refused(job, job_cancel);
    assert_refused(job, job_complete);
    assert_int_equal(memory_http_count(&fx.http, resource), 1); /* and its transfer goes on */
    SetEvent(resource->gate);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_refused(job, job_complete);
    assert_refused(job, add_file);
    assert_int_equal(add_file(job), S_OK); /* its name was not taken */
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
    CloseHandle(resource->gate);
}

/* Each refused, then taken, then refused to change again. */
static void what_requests_carry_is_stored_or_unchanged(void **context)
{
    (void)context;
    static HRESULT (*const setters[])(struct job * job) = {set_proxy,          set_credential,  set_headers,
                                                           set_security_flags, set_certificate, set_command};
    struct job *job = fixture_job(&fx);
    for (size_t i = 0; i < sizeof setters / sizeof setters[0]; i++) {
        struct view before = view_of(job);
        assert_refused(job, setters[i]);
        assert_int_equal(setters[i](job), S_OK);
        struct view after = view_of(job);
        before.times = after.times;
        assert_memory_not_equal(&before, &after, sizeof(before)); /* the view shows what was set */
    }
    assert_refused(job, remove_credential);
    assert_refused(job, job_remove_client_certificate);
    assert_refused(job, job_take_ownership); /* it would drop them all */
    assert_int_equal(remove_credential(job), S_OK);
    assert_int_equal(remove_credential(job), S_FALSE);
    assert_int_equal(job_take_ownership(job), S_OK);
    assert_false(has_value(job, PROPERTY_CUSTOM_HEADERS));
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static bool has_file(void *context)
{
    return job_progress(context).files_transferred > 0;
}

static void the_end_of_a_job_waits_for_the_store(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"done", 1000, 2), u"done");
    assert_int_equal(job_resume(job), S_OK);
    failing = AT_COMMIT;
    fixture_until(&fx, has_file, job, "a file");
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    failing = NEVER;
    (void)engine_step(fx.engine); /* not yet: a store that just failed is left alone for a second */
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    fixture_advance(&fx, 1000);
    assert_int_equal(job_state(job), JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"done", 2, 1000);
}

static bool has_stood_still(void *context)
{
    (void)context;
    return !signal_wait(engine_signal(fx.engine), 200);
}

static void a_failure_that_is_not_stored_is_not_tried_again_at_once(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"bad", 1000, 3);
    struct job *job = fixture_job(&fx);
    resource->status = 404;
    fixture_add(&fx, job, resource, u"bad");
    assert_int_equal(job_resume(job), S_OK);
    failing = AT_COMMIT;
    fixture_until(&fx, has_stood_still, NULL, "an engine that waits");
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    assert_int_equal(memory_http_count(&fx.http, resource), 1);
    failing = NEVER;
    fixture_advance(&fx, 1000);
    assert_int_equal(job_state(job), JOB_ERROR);
    assert_int_equal(memory_http_count(&fx.http, resource), 1);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static void what_was_delivered_is_recorded_although_its_commit_failed(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    uint8_t id[16];
    job_id(job, id);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"out", 1000, 4), u"out");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    failing = AT_COMMIT;
    commits_before_failure = 1; /* the intent's */
    assert_int_equal(job_complete(job), STORE_FAILURE);
    assert_int_equal(job_state(job), JOB_TRANSFERRED);
    assert_true(job_file_progress(job_file_at(job, 0)).is_delivered);
    failing = NEVER;
    assert_int_equal(set_flags(job), S_OK); /* ends the intent in the store */
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_true(job_file_progress(job_file_at(job, 0)).is_delivered);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"out", 4, 1000);
}

/* A host that finds the intent drops what it does not know to be finished. */
static void a_complete_is_not_begun_before_its_files_are_recorded(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"fresh", 1000, 4), u"fresh");
    assert_int_equal(job_resume(job), S_OK);
    failing = AT_COMMIT;
    fixture_until(&fx, has_file, job, "a file");
    failing = AT_NEXT_COMMIT;
    assert_int_equal(job_complete(job), STORE_FAILURE);
    assert_int_equal(failing, NEVER);
    assert_int_equal(job->facts.intent, JOB_INTENT_NONE);
    assert_false(job_file_progress(job_file_at(job, 0)).is_delivered);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"fresh", 4, 1000);
}

/* ---- A checkpoint during which a file ends ---- */

static struct job *ending;
static void *ending_gate;
static struct file *_Atomic other_file; /* the first that is created */

static HRESULT note_first_file(struct file_ops *ops, const char16_t *path, uint64_t directory, bool is_ours,
                               struct file **file)
{
    HRESULT hr = file_ops_system()->create(ops, path, directory, is_ours, file);
    if (SUCCEEDED(hr) && !other_file)
        other_file = *file;
    return hr;
}

/* The engine thread is about to record what it saw; meanwhile the last file comes. */
static HRESULT flush_while_a_file_ends(struct file_ops *ops, struct file *file)
{
    ULONGLONG deadline = GetTickCount64() + FIXTURE_LIMIT_MS;
    HRESULT hr = file_ops_system()->flush(ops, file);
    if (!ending_gate || file != other_file) /* the ending one's own is waited for by its end */
        return hr;
    SetEvent(ending_gate);
    ending_gate = NULL;
    while (job_progress(ending).files_transferred < 2 && GetTickCount64() < deadline)
        (void)signal_wait(engine_signal(fx.engine), 50);
    return hr;
}

static struct memory_resource *add_gated(struct job *job, const char16_t *name)
{
    struct memory_resource *resource = memory_http_add(&fx.http, name, 500000, 5);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 131072;
    fixture_add(&fx, job, resource, name);
    return resource;
}

static void a_transferred_job_has_the_rows_of_all_its_files(void **context)
{
    (void)context;
    struct file_ops disk = *file_ops_system();
    uint8_t id[16];
    fixture_stop(&fx);
    other_file = NULL;
    disk.create = note_first_file;
    disk.flush = flush_while_a_file_ends;
    fx.file_ops = &disk;
    fixture_start(&fx);
    struct job *other = fixture_job(&fx);
    struct memory_resource *stuck = add_gated(other, u"stuck");
    assert_int_equal(job_resume(other), S_OK);
    fixture_until_bytes(&fx, other, 131072);
    ending = fixture_job(&fx);
    job_id(ending, id);
    fixture_add(&fx, ending, memory_http_add(&fx.http, u"first", 1000, 6), u"first");
    assert_int_equal(job_resume(ending), S_OK);
    failing = AT_COMMIT;
    fixture_until(&fx, has_file, ending, "a file");
    (void)engine_step(fx.engine); /* that the job is finished is known, and waits for the store */
    failing = NEVER;
    struct memory_resource *last = add_gated(ending, u"last");
    fixture_until_bytes(&fx, ending, 1000 + 131072);
    ending_gate = last->gate;
    fixture_advance(&fx, 1000);
    assert_null(ending_gate);
    assert_int_equal(job_progress(ending).files_transferred, 2);
    failing = AT_COMMIT; /* the host dies: nothing more is recorded */
    job_release(ending);
    job_release(other);
    SetEvent(stuck->gate);
    fixture_stop(&fx);
    failing = NEVER;
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &ending), S_OK);
    if (job_state(ending) == JOB_TRANSFERRED)
        assert_int_equal(job_progress(ending).files_transferred, 2);
    fixture_until_state(&fx, ending, JOB_TRANSFERRED);
    assert_int_equal(job_complete(ending), S_OK);
    job_release(ending);
    fixture_stop(&fx);
    fx.file_ops = NULL;
    fixture_start(&fx);
    CloseHandle(stuck->gate);
    CloseHandle(last->gate);
}

/* ---- A part that its row calls closed ---- */

/* Were it opened, and the host to die, the next one would take it for altered by somebody else. */
static void a_part_is_not_opened_before_the_queue_knows(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    struct memory_resource *resource = add_gated(job, u"part");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    assert_int_equal(job_suspend(job), S_OK);
    SetEvent(resource->gate);
    fixture_await_flights(&fx, 0);
    (void)engine_step(fx.engine); /* its row */
    size_t requests = fx.http.request_count;
    failing = AT_COMMIT;
    commits_before_failure = 1; /* of the Resume */
    assert_int_equal(job_resume(job), S_OK);
    for (int i = 0; i < 3; i++)
        fixture_advance(&fx, 10000);
    assert_int_equal(commits_before_failure, 0);
    fixture_await_flights(&fx, 0);
    assert_int_equal(fx.http.request_count, requests);
    failing = NEVER;
    fixture_advance(&fx, 10000);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 100000);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.requests[requests].first, 131072);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    CloseHandle(resource->gate);
}

/* ---- A part that its row still claims ---- */

static bool has_started_again(void *context)
{
    struct job *job = context;
    lock_acquire(&fx.engine->model_lock);
    bool has = job->files[0]->work && job->files[0]->work->restarts > 0;
    lock_release(&fx.engine->model_lock);
    return has;
}

static bool is_asked_twice(void *context)
{
    return memory_http_attempts(&fx.http, context) == 2;
}

static void be_version(struct memory_resource *resource, uint64_t seed)
{
    lock_acquire(&fx.http.lock);
    resource->seed = seed;
    (void)swprintf(resource->etag, ARRAYSIZE(resource->etag), L"\"v%llu\"", seed);
    lock_release(&fx.http.lock);
}

/* Were it written to, and the host to die, the next one would take the new version's bytes for those of the old one, which the server may have again. */
static void start_again_and_die(unsigned failures, unsigned commits)
{
    uint8_t id[16];
    struct job *job = fixture_job(&fx);
    struct memory_resource *resource = memory_http_add(&fx.http, u"flips", 500000, 1);
    HANDLE answer = CreateEventW(NULL, TRUE, FALSE, NULL);
    job_id(job, id);
    resource->cuts = 1;
    resource->cut_after = 131072;
    fixture_add(&fx, job, resource, u"flips");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    (void)engine_step(fx.engine); /* its row */
    resource->answer_gate = answer;
    resource->gate_at = 200000;
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    fixture_advance(&fx, 2000);
    fixture_until(&fx, is_asked_twice, resource, "the rest is asked for");
    failing = AT_COMMIT;
    failures_first = failures;
    commits_before_failure = commits;
    be_version(resource, 2);
    SetEvent(answer);
    fixture_until(&fx, has_started_again, job, "the other version is noticed");
    for (int i = 0; i < 3; i++)
        fixture_advance(&fx, 10000);
    if (fixture_flights(&fx))
        fixture_await_bytes(job, 200000);
    job_release(job);
    SetEvent(resource->gate);
    fixture_stop(&fx); /* the host dies */
    be_version(resource, 1);
    failing = NEVER;
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"flips", 1, 500000);
    CloseHandle(resource->gate);
    CloseHandle(answer);
}

static void a_file_that_starts_again_is_not_written_before_the_queue_knows(void **context)
{
    (void)context;
    start_again_and_die(0, 0);
}

/* The commit of what was to be recorded anyway fails, the one before the first request does not. */
static void a_file_that_starts_again_is_written_when_the_queue_knows(void **context)
{
    (void)context;
    start_again_and_die(1, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_verb_that_is_not_stored_changes_nothing),
        TEST(what_requests_carry_is_stored_or_unchanged),
        TEST(the_end_of_a_job_waits_for_the_store),
        TEST(a_failure_that_is_not_stored_is_not_tried_again_at_once),
        TEST(what_was_delivered_is_recorded_although_its_commit_failed),
        TEST(a_complete_is_not_begun_before_its_files_are_recorded),
        TEST(a_transferred_job_has_the_rows_of_all_its_files),
        TEST(a_part_is_not_opened_before_the_queue_knows),
        TEST(a_file_that_starts_again_is_not_written_before_the_queue_knows),
        TEST(a_file_that_starts_again_is_written_when_the_queue_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
