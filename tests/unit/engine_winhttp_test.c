/* Each call of WinHTTP fails once, below a whole engine and against a real server: the job waits and goes on, or is in error until it is resumed, and the
 * files are right. */
#include "engine_fixture.h"
#include "http_winhttp_api.h"
#include "origin.h"

#include <stdatomic.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NEVER        UINT32_MAX
#define FEWEST_CALLS 120u
#define WHOLE_SIZE   150000u
#define RANGED_SIZE  400000u /* remote */
#define QUIET_MS     20u
#define LIMIT_MS     100000u /* a request whose answer was lost ends after 30 s, and is made again */

static const struct wanted_range ranges[] = {{0, 50000}, {300000, 50000}, {100000, 50000}};
#define RANGES 3

static struct engine_fixture fx;
static struct origin *origin;

/* ---- WinHTTP, one call of which fails ---- */

static struct {
    atomic_uint count, handles;
    uint32_t fail_at;
    DWORD error;
    atomic_bool has_failed;
} winhttp = {.fail_at = NEVER};

static bool fails(void)
{
    if (winhttp.count++ != winhttp.fail_at)
        return false;
    winhttp.has_failed = true;
    SetLastError(winhttp.error);
    return true;
}

static HINTERNET counted(HINTERNET handle)
{
    winhttp.handles += handle != NULL;
    return handle;
}

static HINTERNET WINAPI faulty_open(LPCWSTR agent, DWORD access, LPCWSTR proxy, LPCWSTR bypass, DWORD flags)
{
    return fails() ? NULL : counted(WinHttpOpen(agent, access, proxy, bypass, flags));
}

static HINTERNET WINAPI faulty_connect(HINTERNET session, LPCWSTR host, INTERNET_PORT port, DWORD reserved)
{
    return fails() ? NULL : counted(WinHttpConnect(session, host, port, reserved));
}

static HINTERNET WINAPI faulty_open_request(HINTERNET connection, LPCWSTR verb, LPCWSTR object, LPCWSTR version,
                                            LPCWSTR referrer, LPCWSTR *types, DWORD flags)
{
    return fails() ? NULL : counted(WinHttpOpenRequest(connection, verb, object, version, referrer, types, flags));
}

static BOOL WINAPI counted_close(HINTERNET handle)
{
    winhttp.handles--;
    return WinHttpCloseHandle(handle);
}

static BOOL WINAPI faulty_set_timeouts(HINTERNET handle, int resolve, int connect, int send, int receive)
{
    return !fails() && WinHttpSetTimeouts(handle, resolve, connect, send, receive);
}

static BOOL WINAPI faulty_set_option(HINTERNET handle, DWORD option, LPVOID value, DWORD size)
{
    return !fails() && WinHttpSetOption(handle, option, value, size);
}

static BOOL WINAPI faulty_add_request_headers(HINTERNET request, LPCWSTR headers, DWORD length, DWORD modifiers)
{
    return !fails() && WinHttpAddRequestHeaders(request, headers, length, modifiers);
}

static BOOL WINAPI faulty_send_request(HINTERNET request, LPCWSTR headers, DWORD length, LPVOID optional,
                                       DWORD optional_length, DWORD total, DWORD_PTR context)
{
    return !fails() && WinHttpSendRequest(request, headers, length, optional, optional_length, total, context);
}

static BOOL WINAPI faulty_receive_response(HINTERNET request, LPVOID reserved)
{
    return !fails() && WinHttpReceiveResponse(request, reserved);
}

static BOOL WINAPI faulty_query_headers(HINTERNET request, DWORD level, LPCWSTR name, LPVOID buffer, LPDWORD size,
                                        LPDWORD index)
{
    return !fails() && WinHttpQueryHeaders(request, level, name, buffer, size, index);
}

static BOOL WINAPI faulty_query_data_available(HINTERNET request, LPDWORD available)
{
    return !fails() && WinHttpQueryDataAvailable(request, available);
}

static BOOL WINAPI faulty_read_data(HINTERNET request, LPVOID buffer, DWORD size, LPDWORD read)
{
    return !fails() && WinHttpReadData(request, buffer, size, read);
}

static HRESULT create_faulty_transport(struct http_transport **transport)
{
    static struct http_winhttp_api api;
    api = http_winhttp_system_api;
    api.open = faulty_open;
    api.connect = faulty_connect;
    api.open_request = faulty_open_request;
    api.close_handle = counted_close;
    api.set_timeouts = faulty_set_timeouts;
    api.set_option = faulty_set_option;
    api.add_request_headers = faulty_add_request_headers;
    api.send_request = faulty_send_request;
    api.receive_response = faulty_receive_response;
    api.query_headers = faulty_query_headers;
    api.query_data_available = faulty_query_data_available;
    api.read_data = faulty_read_data;
    return http_winhttp_create_with(&api, transport);
}

/* ---- A job of two files ---- */

static void add_file(struct job *job, const char *target, const char16_t *name, const struct wanted_range *wanted,
                     uint32_t count)
{
    char16_t path[TEMP_PATH_MAX], url[256];
    fixture_path(&fx, name, path);
    assert_true(origin_url(origin, target, url, 256));
    struct file_spec spec = {
        .url = url, .local_path = path, .declared_size = SIZE_UNKNOWN, .ranges = wanted, .range_count = count};
    assert_int_equal(job_add_files(job, &spec, 1), S_OK);
}

/* One error may end it on the way: the one that was made. */
static void transfer(struct job *job, uint32_t at)
{
    ULONGLONG deadline = GetTickCount64() + LIMIT_MS;
    struct job_error error, former = {.code = S_OK};
    assert_int_equal(job_resume(job), S_OK);
    while (job_state(job) != JOB_TRANSFERRED) {
        (void)engine_step(fx.engine);
        if (job_state(job) == JOB_ERROR) {
            assert_true(job_error(job, &error));
            if (FAILED(former.code))
                fail_msg("call %u: 0x%08lX, and again 0x%08lX", at, (unsigned long)former.code,
                         (unsigned long)error.code);
            former = error;
            assert_int_equal(job_resume(job), S_OK);
        }
        if (GetTickCount64() >= deadline)
            fail_msg("call %u: not in time, state %ls", at, job_state_name(job_state(job)));
        if (!signal_wait(engine_signal(fx.engine), QUIET_MS))
            fake_clock_advance(&fx.clock, 1000);
    }
}

static void assert_ranges(const char16_t *name, uint64_t seed, const struct wanted_range *wanted, size_t count)
{
    char16_t path[TEMP_PATH_MAX];
    size_t size = 0, at = 0;
    fixture_path(&fx, name, path);
    char *bytes = temp_file_read(path, &size);
    for (size_t i = 0; i < count; at += wanted[i].length, i++) {
        char *expected = malloc(wanted[i].length);
        origin_fill(seed, wanted[i].offset, expected, wanted[i].length);
        assert_true(at + wanted[i].length <= size);
        assert_memory_equal(bytes + at, expected, wanted[i].length);
        free(expected);
    }
    assert_int_equal(size, at);
    free(bytes);
}

/* False: the job was done before call number `at`. */
static bool live_through_a_failure(uint32_t at, DWORD error)
{
    static const struct wanted_range whole = {0, WHOLE_SIZE};
    fixture_prepare(&fx, NULL);
    fx.create_transport = create_faulty_transport;
    winhttp.count = 0;
    winhttp.has_failed = false;
    winhttp.error = error;
    winhttp.fail_at = at;
    if (FAILED(fixture_try_start(&fx)))
        fixture_start(&fx);
    struct job *job = fixture_job(&fx);
    add_file(job, "/gen/whole?size=150000&seed=8", u"whole", NULL, 0);
    add_file(job, "/gen/ranged?size=400000&seed=9", u"ranged", ranges, RANGES);
    transfer(job, at);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    assert_ranges(u"whole", 8, &whole, 1);
    assert_ranges(u"ranged", 9, ranges, RANGES);
    assert_int_equal(fixture_temporary_files(&fx), 0);
    fixture_close(&fx);
    if (winhttp.handles)
        fail_msg("call %u: %u handles are left", at, (unsigned)winhttp.handles);
    return winhttp.has_failed;
}

static void sweep(DWORD error, uint32_t stride)
{
    uint32_t at = 0;
    while (live_through_a_failure(at, error))
        at += stride;
    print_message("%u calls failed\n", at / stride);
    assert_in_range(at, FEWEST_CALLS, 10 * FEWEST_CALLS);
}

static void a_connection_that_breaks_at_any_call_costs_no_byte(void **context)
{
    (void)context;
    sweep(ERROR_WINHTTP_CONNECTION_ERROR, 1);
}

static void a_call_that_cannot_be_made_costs_no_byte(void **context)
{
    (void)context;
    sweep(ERROR_NOT_ENOUGH_MEMORY, 7); /* the same calls: some of each will do */
}

static int open_origin(void **context)
{
    (void)context;
    return origin_start(&origin, NULL) ? 0 : -1;
}

static int close_origin(void **context)
{
    (void)context;
    origin_stop(origin);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_that_breaks_at_any_call_costs_no_byte),
        cmocka_unit_test(a_call_that_cannot_be_made_costs_no_byte),
    };
    return cmocka_run_group_tests(tests, open_origin, close_origin);
}
