/* The file object through COM, beyond its names and progress: sources, the temporary file, headers, figures. */
#include "test_environment.h"

#include <string.h>
#include <wchar.h>

#define SIZE 500000u
#define GATE 196608u

static IBackgroundCopyManager *manager;
static IBackgroundCopyJob *job;
static IBackgroundCopyFile5 *file; /* the job's first */
static HANDLE gate;

static int open_job(void **state)
{
    int result = env_open(state);
    if (result)
        return result;
    manager = env_manager();
    job = env_job(manager);
    gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    return 0;
}

static int close_job(void **state)
{
    SetEvent(gate);
    if (file)
        IBackgroundCopyFile5_Release(file);
    file = NULL;
    (void)IBackgroundCopyJob_Cancel(job);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    int result = env_close(state);
    CloseHandle(gate);
    return result;
}

static void add(const struct memory_resource *resource)
{
    env_add(job, resource, L"a");
    IBackgroundCopyFile *first = env_file(job, 0);
    assert_hr(IBackgroundCopyFile_QueryInterface(first, &IID_IBackgroundCopyFile5, (void **)&file), S_OK);
    IBackgroundCopyFile_Release(first);
}

static bool has_gate_bytes(void *context)
{
    BG_FILE_PROGRESS progress;
    (void)context;
    assert_hr(IBackgroundCopyFile5_GetProgress(file, &progress), S_OK);
    return progress.BytesTransferred >= GATE;
}

/* The job's file has GATE bytes and waits for more. */
static void halt(struct memory_resource *resource)
{
    resource->gate = gate;
    resource->gate_at = GATE;
    add(resource);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_until(has_gate_bytes, NULL, "the bytes before the gate");
}

static DOSwarmStats stats_of_file(void)
{
    IDeliveryOptimizationFile *delivery;
    DOSwarmStats stats;
    assert_hr(IBackgroundCopyFile5_QueryInterface(file, &IID_IDeliveryOptimizationFile, (void **)&delivery), S_OK);
    memset(&stats, 0xCC, sizeof(stats));
    assert_hr(IDeliveryOptimizationFile_GetStats(delivery, &stats), S_OK);
    IDeliveryOptimizationFile_Release(delivery);
    return stats;
}

static void assert_headers(const WCHAR *expected)
{
    BITS_FILE_PROPERTY_VALUE value = {.String = NULL};
    assert_hr(IBackgroundCopyFile5_GetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value), S_OK);
    assert_text(value.String, expected);
}

/* ---- Sources ---- */

static void a_new_remote_name_takes_over(void **state)
{
    (void)state;
    struct memory_resource *mirror = memory_http_add(&env.http, u"mirror", SIZE, 1);
    WCHAR *text;
    halt(memory_http_add(&env.http, u"slow", SIZE, 1));
    assert_hr(IBackgroundCopyFile5_SetRemoteName(file, L"mirror"), E_INVALIDARG);
    assert_hr(IBackgroundCopyFile5_SetRemoteName(file, NULL), E_INVALIDARG);
    assert_hr(IBackgroundCopyFile5_SetRemoteName(file, mirror->url), S_OK);
    assert_hr(IBackgroundCopyFile5_GetRemoteName(file, &text), S_OK);
    assert_text(text, mirror->url);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    env_assert_file(L"a", mirror);
    assert_hr(IBackgroundCopyFile5_SetRemoteName(file, mirror->url), DO_E_INVALID_STATE);
}

static void prefixes_are_replaced(void **state)
{
    (void)state;
    IBackgroundCopyJob3 *job3;
    WCHAR *text;
    add(memory_http_add(&env.http, u"one/file", SIZE, 1));
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3), S_OK);
    assert_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://test/one", L"http://test/two"), S_OK);
    assert_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://test/TWO", L"http://test/three"), S_FALSE);
    assert_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"", L"http://test/three"), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://test", NULL), E_INVALIDARG);
    IBackgroundCopyJob3_Release(job3);
    assert_hr(IBackgroundCopyFile5_GetRemoteName(file, &text), S_OK);
    assert_text(text, L"http://test/two/file");
}

/* ---- The temporary file ---- */

static void the_temporary_file_can_be_read_meanwhile(void **state)
{
    (void)state;
    WCHAR *name;
    char bytes[1000];
    DWORD size = 0;
    halt(memory_http_add(&env.http, u"slow", SIZE, 1));
    assert_hr(IBackgroundCopyFile5_GetTemporaryName(file, NULL), E_INVALIDARG);
    assert_hr(IBackgroundCopyFile5_GetTemporaryName(file, &name), S_OK);
    HANDLE reader = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(reader, INVALID_HANDLE_VALUE);
    assert_true(ReadFile(reader, bytes, sizeof(bytes), &size, NULL));
    assert_int_equal(size, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        assert_int_equal((uint8_t)bytes[i], memory_http_byte(1, i));
    SetEvent(gate); /* a reader is in nobody's way */
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    CloseHandle(reader);
    const WCHAR *base = wcsrchr(name, L'\\') + 1;
    assert_int_equal(wcsncmp(base, L"DO", 2), 0);
    assert_int_equal(wcscmp(base + wcslen(base) - 4, L".tmp"), 0);
    assert_true(GetFileAttributesW(name) & FILE_ATTRIBUTE_HIDDEN);
    CoTaskMemFree(name);
}

/* ---- What is known ---- */

static void content_is_valid_once_it_was_called_so(void **state)
{
    (void)state;
    BOOL is_valid = TRUE;
    BG_JOB_PROGRESS progress;
    add(memory_http_add(&env.http, u"a", 1000, 3));
    assert_hr(IBackgroundCopyFile5_SetValidationState(file, TRUE), E_PENDING);
    assert_hr(IBackgroundCopyFile5_GetValidationState(file, NULL), E_INVALIDARG);
    assert_hr(IBackgroundCopyFile5_GetValidationState(file, &is_valid), S_OK);
    assert_false(is_valid);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyFile5_SetValidationState(file, 17), S_OK); /* any truth */
    assert_hr(IBackgroundCopyFile5_GetValidationState(file, &is_valid), S_OK);
    assert_int_equal(is_valid, TRUE);
    assert_hr(IBackgroundCopyFile5_SetValidationState(file, FALSE), S_OK);
    assert_int_equal(env_state(job), BG_JOB_STATE_ERROR);
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_int_equal(progress.BytesTransferred, 0);
    assert_int_equal(progress.FilesTransferred, 0);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    assert_hr(IBackgroundCopyFile5_GetValidationState(file, &is_valid), S_OK);
    assert_int_equal(is_valid, TRUE);
}

static void the_last_answers_headers_can_be_read(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", 1000, 7);
    BITS_FILE_PROPERTY_VALUE value = {.String = NULL};
    add(resource);
    assert_headers(L"");
    resource->status = 404;
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_ERROR);
    assert_headers(L"HTTP/1.1 404 Test\r\nETag: \"v7\"\r\n");
    resource->status = 0;
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_headers(L"HTTP/1.1 206 Test\r\nETag: \"v7\"\r\n");
    assert_hr(IBackgroundCopyFile5_GetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, NULL), E_INVALIDARG);
    value.String = (WCHAR[]){L"what it was"};
    assert_hr(IBackgroundCopyFile5_GetProperty(file, (BITS_FILE_PROPERTY_ID)2, &value), E_INVALIDARG);
    assert_null(value.String);
    assert_hr(IBackgroundCopyFile5_SetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, value), E_INVALIDARG);
}

static void no_byte_comes_from_peers(void **state)
{
    (void)state;
    UINT64 origin = 1, peers = 1;
    BOOL is_from_peer = TRUE;
    halt(memory_http_add(&env.http, u"slow", SIZE, 1));
    assert_hr(IBackgroundCopyFile5_IsDownloadedFromPeer(file, &is_from_peer), S_OK);
    assert_false(is_from_peer);
    assert_hr(IBackgroundCopyFile5_GetPeerDownloadStats(file, &origin, &peers), S_OK);
    assert_int_equal(origin, GATE);
    assert_int_equal(peers, 0);
    assert_hr(IBackgroundCopyFile5_GetPeerDownloadStats(file, &origin, NULL), E_INVALIDARG);
    assert_hr(IBackgroundCopyFile5_GetPeerDownloadStats(file, NULL, &peers), E_INVALIDARG);
    assert_hr(IBackgroundCopyFile5_IsDownloadedFromPeer(file, NULL), E_INVALIDARG);
}

static void figures_tell_what_it_took(void **state)
{
    (void)state;
    halt(memory_http_add(&env.http, u"slow", SIZE, 1));
    fake_clock_advance(&env.clock, 1234);
    DOSwarmStats stats = stats_of_file();
    assert_text(stats.fileId, L"http://test/slow");
    assert_text(stats.sourceURL, L"http://test/slow");
    assert_int_equal(stats.fileSize, SIZE);
    assert_int_equal(stats.totalBytesDownloaded, GATE);
    assert_int_equal(stats.bytesFromHttp, GATE);
    assert_int_equal(stats.bytesFromLanPeers + stats.bytesFromGroupPeers + stats.bytesFromInternetPeers, 0);
    assert_int_equal(stats.bytesFromDoinc + stats.bytesToLanPeers + stats.bytesToGroupPeers, 0);
    assert_int_equal(stats.bytesToInternetPeers, 0);
    assert_int_equal(stats.httpConnectionCount, 1);
    assert_int_equal(stats.doincConnectionCount + stats.lanConnectionCount + stats.groupConnectionCount, 0);
    assert_int_equal(stats.internetConnectionCount, 0);
    assert_int_equal(stats.downloadDuration, 1234);
    assert_int_equal(stats.downloadMode, DownloadMode_CdnOnly);
    assert_int_equal(stats.status, SwarmStatus_Downloading);
    assert_true(stats.isBackground);
    assert_hr(IBackgroundCopyJob_Suspend(job), S_OK);
    stats = stats_of_file();
    CoTaskMemFree(stats.fileId);
    CoTaskMemFree(stats.sourceURL);
    assert_int_equal(stats.status, SwarmStatus_Paused);
}

/* Whatever a policy asks for, it is this engine that fetches, and from no peer. */
static void the_mode_is_what_fetches(void **state)
{
    (void)state;
    static const struct {
        uint32_t setting;
        DownloadMode mode;
    } rows[] = {{0, DownloadMode_CdnOnly},
                {1, DownloadMode_CdnOnly},
                {3, DownloadMode_CdnOnly},
                {99, DownloadMode_Simple},
                {100, DownloadMode_CdnOnly}};
    for (size_t i = 0; i < ARRAYSIZE(rows); i++) {
        env.download_mode = rows[i].setting;
        manager = env_manager();
        job = env_job(manager);
        add(memory_http_add(&env.http, u"a", 1000, 1));
        DOSwarmStats stats = stats_of_file();
        CoTaskMemFree(stats.fileId);
        CoTaskMemFree(stats.sourceURL);
        assert_int_equal(stats.downloadMode, rows[i].mode);
        assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
        IBackgroundCopyFile5_Release(file);
        file = NULL;
        IBackgroundCopyJob_Release(job);
        IBackgroundCopyManager_Release(manager);
        env_stop();
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_job, close_job)
    const struct CMUnitTest tests[] = {
        TEST(a_new_remote_name_takes_over),
        TEST(prefixes_are_replaced),
        TEST(the_temporary_file_can_be_read_meanwhile),
        TEST(content_is_valid_once_it_was_called_so),
        TEST(the_last_answers_headers_can_be_read),
        TEST(no_byte_comes_from_peers),
        TEST(figures_tell_what_it_took),
        ENV_TEST(the_mode_is_what_fetches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
