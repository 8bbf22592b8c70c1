/* Downloads through the registered server from a multithreaded apartment: the right bytes, or a named error. */
#include "client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB (1024ull * 1024)

static struct origin *origin;
static IBackgroundCopyManager *manager;
static struct listener listener;

static int open_all(void **context)
{
    (void)context;
    SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", L"1");
    if (!origin_start(&origin, NULL))
        return -1;
    manager = client_open(COINIT_MULTITHREADED);
    return 0;
}

static int close_all(void **context)
{
    (void)context;
    client_close(manager);
    origin_stop(origin);
    return 0;
}

static int begin(void **context)
{
    (void)context;
    origin_reset(origin);
    listener_init(&listener);
    return 0;
}

static int end(void **context)
{
    (void)context;
    listener_destroy(&listener);
    assert_no_temporary_file();
    return 0;
}

static void resume_and_wait(IBackgroundCopyJob *job)
{
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if (!listener_wait(&listener, &listener.transferred, 1))
        fail_msg("the job was not transferred in time; errors: %ld, 0x%08lX", listener.failed,
                 (unsigned long)listener.error);
    assert_state(job, BG_JOB_STATE_TRANSFERRED);
}

static void files_of_every_size_arrive_whole(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, "/gen/empty?size=0&seed=1", L"empty");
    client_add(job, origin, "/gen/byte?size=1&seed=2", L"byte");
    client_add(job, origin, "/gen/segment?size=16777216&seed=3", L"segment");
    client_add(job, origin, "/gen/large?size=52428817&seed=4", L"large");
    resume_and_wait(job);

    BG_JOB_PROGRESS progress;
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_int_equal(progress.FilesTotal, 4);
    assert_int_equal(progress.FilesTransferred, 4);
    assert_int_equal(progress.BytesTotal, 1 + 16777216 + 52428817);
    assert_int_equal(progress.BytesTransferred, progress.BytesTotal);
    assert_absent(L"large");
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    assert_state(job, BG_JOB_STATE_ACKNOWLEDGED);
    IBackgroundCopyJob_Release(job);
    assert_content(L"empty", 1, 0, 0);
    assert_content(L"byte", 2, 0, 1);
    assert_content(L"segment", 3, 0, 16777216);
    assert_content(L"large", 4, 0, 52428817);
}

static void servers_without_ranges_lengths_or_versions_are_served_too(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, "/gen/a?size=20000000&seed=5&norange=1", L"norange");
    client_add(job, origin, "/gen/b?size=20000000&seed=6&etag=none&lm=none", L"noversion");
    client_add(job, origin, "/gen/c?size=3000000&seed=7&chunked=1&norange=1", L"chunked");
    client_add(job, origin, "/gen/d?size=3000000&seed=8&nolength=1&norange=1", L"nolength");
    resume_and_wait(job);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
    assert_content(L"norange", 5, 0, 20000000);
    assert_content(L"noversion", 6, 0, 20000000);
    assert_content(L"chunked", 7, 0, 3000000);
    assert_content(L"nolength", 8, 0, 3000000);
}

static void ranges_lie_one_after_another_in_the_callers_order(void **context)
{
    (void)context;
    BG_FILE_RANGE ranges[] = {{100, 100}, {900, 100}, {400, 100}};
    IBackgroundCopyJob *job = client_job(manager, &listener);
    IDeliveryOptimizationJob *delivery;
    wchar_t url[256];
    wchar_t path[MAX_PATH];
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&delivery), S_OK);
    assert_true(origin_url(origin, "/gen/ranges?size=1000&seed=9", url, ARRAYSIZE(url)));
    client_path(L"ranges", path);
    assert_hr(IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"file", url, path, 3, ranges, 1000), S_OK);
    IDeliveryOptimizationJob_Release(delivery);
    resume_and_wait(job);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);

    unsigned char expected[300];
    unsigned char actual[301];
    origin_fill(9, 100, expected, 100);
    origin_fill(9, 900, expected + 100, 100);
    origin_fill(9, 400, expected + 200, 100);
    FILE *file = _wfopen(path, L"rb");
    assert_non_null(file);
    assert_int_equal(fread(actual, 1, sizeof(actual), file), 300);
    fclose(file);
    assert_memory_equal(actual, expected, 300);
}

/* The next `size` bytes are those of the origin's file from `offset` on. */
static void assert_next_range(FILE *file, uint64_t seed, uint64_t offset, size_t size)
{
    unsigned char *bytes = malloc(2 * size);
    assert_non_null(bytes);
    origin_fill(seed, offset, bytes, size);
    assert_int_equal(fread(bytes + size, 1, size, file), size);
    if (memcmp(bytes, bytes + size, size) != 0)
        fail_msg("wrong bytes in the range from %llu on", offset);
    free(bytes);
}

static void offsets_beyond_4_gib_are_exact(void **context)
{
    (void)context;
    const uint64_t border = 4096 * MIB, total = border + 16 * MIB;
    BG_FILE_RANGE ranges[] = {{border - 3000, 2000}, {border - 500, 2 * MIB}, {total - 1000, BG_LENGTH_TO_EOF}};
    IBackgroundCopyJob *job = client_job(manager, &listener);
    IDeliveryOptimizationJob *delivery;
    BG_JOB_PROGRESS progress;
    wchar_t url[256], path[MAX_PATH];
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&delivery), S_OK);
    assert_true(origin_url(origin, "/gen/huge?size=4311744512&seed=17", url, ARRAYSIZE(url)));
    client_path(L"huge", path);
    assert_hr(
        IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"file", url, path, ARRAYSIZE(ranges), ranges, total),
        S_OK);
    IDeliveryOptimizationJob_Release(delivery);
    resume_and_wait(job);
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_int_equal(progress.BytesTotal, 2000 + 2 * MIB + 1000);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);

    FILE *file = _wfopen(path, L"rb");
    assert_non_null(file);
    assert_next_range(file, 17, border - 3000, 2000);
    assert_next_range(file, 17, border - 500, (size_t)(2 * MIB));
    assert_next_range(file, 17, total - 1000, 1000);
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
}

static void an_http_error_is_an_error_and_never_a_file(void **context)
{
    static const struct {
        const char *target;
        HRESULT error;
    } rows[] = {
        {"/gen/e?status=404", (HRESULT)0x80190194},
        {"/gen/e?status=403", (HRESULT)0x80190193},
        {"/gen/e?status=410", (HRESULT)0x8019019A},
        {"/gen/e?status=501", (HRESULT)0x801901F5},
    };
    (void)context;
    for (size_t i = 0; i < ARRAYSIZE(rows); i++) {
        IBackgroundCopyJob *job = client_job(manager, &listener);
        IBackgroundCopyError *error;
        IBackgroundCopyFile *file;
        BG_ERROR_CONTEXT where;
        HRESULT code;
        client_add(job, origin, rows[i].target, L"error");
        assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
        assert_true(listener_wait(&listener, &listener.failed, (LONG)i + 1));
        assert_int_equal(listener.error, rows[i].error);
        assert_state(job, BG_JOB_STATE_ERROR);
        assert_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
        assert_hr(IBackgroundCopyError_GetError(error, &where, &code), S_OK);
        assert_int_equal(where, BG_ERROR_CONTEXT_REMOTE_FILE);
        assert_int_equal(code, rows[i].error);
        assert_hr(IBackgroundCopyError_GetFile(error, &file), S_OK);
        IBackgroundCopyFile_Release(file);
        IBackgroundCopyError_Release(error);
        assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
        IBackgroundCopyJob_Release(job);
        assert_absent(L"error");
    }
}

static void passing_failures_are_tried_again_until_the_file_is_right(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, "/gen/f?size=100000&seed=10&failfirst=2:503", L"unavailable");
    client_add(job, origin, "/gen/g?size=100000&seed=11&failfirst=2:drop", L"dropped");
    resume_and_wait(job);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
    assert_content(L"unavailable", 10, 0, 100000);
    assert_content(L"dropped", 11, 0, 100000);
}

static void suspend_holds_while_the_server_stalls_and_resume_asks_for_the_rest(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    struct origin_request request;
    BG_JOB_PROGRESS suspended;
    BG_JOB_PROGRESS later;
    client_add(job, origin, "/gen/h?size=1000000&seed=12&gatebody=slow:300000", L"stalled");
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR |
                                                         BG_NOTIFY_JOB_MODIFICATION),
              S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    LONG seen = 0;
    do {
        assert_true(listener_wait(&listener, &listener.modified, ++seen));
        assert_hr(IBackgroundCopyJob_GetProgress(job, &later), S_OK);
    } while (later.BytesTransferred < 200000);
    assert_hr(IBackgroundCopyJob_Suspend(job), S_OK);
    assert_state(job, BG_JOB_STATE_SUSPENDED);
    assert_hr(IBackgroundCopyJob_GetProgress(job, &suspended), S_OK);
    origin_open_gate(origin, "slow");
    assert_true(origin_wait_finished(origin, "/gen/h", 1, WAIT_LIMIT_MS));
    assert_hr(IBackgroundCopyJob_GetProgress(job, &later), S_OK);
    assert_int_equal(later.BytesTransferred, suspended.BytesTransferred);

    resume_and_wait(job);
    assert_true(origin_request_at(origin, 1, &request));
    char range[64];
    snprintf(range, sizeof(range), "bytes=%llu-999999", (unsigned long long)suspended.BytesTransferred);
    assert_string_equal(request.range, range);
    assert_true(request.if_range[0]);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
    assert_content(L"stalled", 12, 0, 1000000);
}

static void another_source_goes_on_from_the_same_byte(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    IBackgroundCopyJob3 *job3;
    struct origin_request request;
    BG_JOB_PROGRESS progress;
    wchar_t from[200], to[200];
    unsigned long long first = 0;
    client_add(job, origin, "/gen/slow?size=1000000&seed=16&gatebody=held:300000", L"moved");
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR |
                                                         BG_NOTIFY_JOB_MODIFICATION),
              S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    LONG seen = 0;
    do {
        assert_true(listener_wait(&listener, &listener.modified, ++seen));
        assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    } while (progress.BytesTransferred < 200000);
    assert_true(origin_url(origin, "/gen/slow?size=1000000&seed=16&gatebody=held:300000", from, ARRAYSIZE(from)));
    assert_true(origin_url(origin, "/gen/mirror?size=1000000&seed=16", to, ARRAYSIZE(to)));
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3), S_OK);
    assert_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, from, to), S_OK);
    IBackgroundCopyJob3_Release(job3);
    if (!listener_wait(&listener, &listener.transferred, 1))
        fail_msg("not transferred in time; errors: %ld, 0x%08lX", listener.failed, (unsigned long)listener.error);
    assert_true(origin_request_at(origin, 1, &request));
    assert_int_equal(sscanf(request.range, "bytes=%llu-999999", &first), 1);
    assert_in_range(first, progress.BytesTransferred, 300000);
    assert_true(request.if_range[0]);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
    assert_content(L"moved", 16, 0, 1000000);
    origin_open_gate(origin, "held"); /* for the transfer that was given up */
}

static void cancel_leaves_nothing_and_touches_no_file_of_others(void **context)
{
    (void)context;
    wchar_t path[MAX_PATH];
    char text[16] = "";
    client_path(L"kept", path);
    FILE *file = _wfopen(path, L"wb");
    assert_non_null(file);
    fputs("mine", file);
    fclose(file);
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, "/gen/i?size=5000000&seed=13&gatebody=held:1000000", L"kept");
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    assert_true(origin_wait_requests(origin, "/gen/i", 1, WAIT_LIMIT_MS));
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    assert_state(job, BG_JOB_STATE_CANCELLED);
    assert_hr(IBackgroundCopyJob_Resume(job), (HRESULT)0x80D02013);
    IBackgroundCopyJob_Release(job);
    origin_open_gate(origin, "held");
    file = _wfopen(path, L"rb");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    assert_string_equal(text, "mine");
}

static void complete_in_the_middle_keeps_the_finished_files(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    BG_JOB_PROGRESS progress;
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_MODIFICATION), S_OK);
    client_add(job, origin, "/gen/j?size=1000&seed=14", L"finished");
    client_add(job, origin, "/gen/k?size=5000000&seed=15&gatebody=half:1000000", L"unfinished");
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    LONG seen = 0;
    do {
        assert_true(listener_wait(&listener, &listener.modified, ++seen));
        assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    } while (progress.FilesTransferred < 1);
    assert_hr(IBackgroundCopyJob_Complete(job), (HRESULT)0x00200017);
    assert_state(job, BG_JOB_STATE_ACKNOWLEDGED);
    IBackgroundCopyJob_Release(job);
    origin_open_gate(origin, "half");
    assert_content(L"finished", 14, 0, 1000);
    assert_absent(L"unfinished");
}

static void complete_inside(struct listener *self, IBackgroundCopyJob *job)
{
    self->answer = IBackgroundCopyJob_Complete(job);
}

static void a_callback_may_complete_its_job(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    listener.on_transferred = complete_inside;
    client_add(job, origin, "/gen/l?size=1000&seed=16", L"inside");
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    assert_true(listener_wait(&listener, &listener.transferred, 1));
    assert_int_equal(listener.answer, S_OK);
    assert_state(job, BG_JOB_STATE_ACKNOWLEDGED);
    IBackgroundCopyJob_Release(job);
    assert_content(L"inside", 16, 0, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_of_every_size_arrive_whole, begin, end),
        cmocka_unit_test_setup_teardown(servers_without_ranges_lengths_or_versions_are_served_too, begin, end),
        cmocka_unit_test_setup_teardown(ranges_lie_one_after_another_in_the_callers_order, begin, end),
        cmocka_unit_test_setup_teardown(offsets_beyond_4_gib_are_exact, begin, end),
        cmocka_unit_test_setup_teardown(an_http_error_is_an_error_and_never_a_file, begin, end),
        cmocka_unit_test_setup_teardown(passing_failures_are_tried_again_until_the_file_is_right, begin, end),
        cmocka_unit_test_setup_teardown(suspend_holds_while_the_server_stalls_and_resume_asks_for_the_rest, begin, end),
        cmocka_unit_test_setup_teardown(another_source_goes_on_from_the_same_byte, begin, end),
        cmocka_unit_test_setup_teardown(cancel_leaves_nothing_and_touches_no_file_of_others, begin, end),
        cmocka_unit_test_setup_teardown(complete_in_the_middle_keeps_the_finished_files, begin, end),
        cmocka_unit_test_setup_teardown(a_callback_may_complete_its_job, begin, end),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
