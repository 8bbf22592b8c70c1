/* What docs/SECURITY.md says of local names, line by line, through the calls that take one. */
#include "test_environment.h"

#include <stdlib.h>
#include <wchar.h>

#define PATH_NOT_FOUND ((HRESULT)0x80070003)

/* `%ls` stands for the test's directory, with its drive. */
static const WCHAR *const refused[] = {
    /* relative and drive-relative */
    L"file",
    L"folder\\file",
    L"\\folder\\file",
    L"C:file",
    L"",
    /* shares */
    L"\\\\server\\share\\file",
    L"\\\\?\\UNC\\server\\share\\file",
    /* devices and other name spaces */
    L"\\\\.\\C:",
    L"\\\\.\\C:\\file",
    L"\\\\.\\pipe\\name",
    L"\\\\?\\Volume{01234567-0123-0123-0123-0123456789AB}\\file",
    L"\\\\?\\GLOBALROOT\\Device\\Null",
    L"\\??\\C:\\file",
    /* device names, in any component */
    L"%ls\\CON",
    L"%ls\\con",
    L"%ls\\PRN",
    L"%ls\\AUX.tar.gz",
    L"%ls\\NUL.txt",
    L"%ls\\NUL\\file",
    L"%ls\\COM1",
    L"%ls\\COM1 .log",
    L"%ls\\COM\u00B2",
    L"%ls\\LPT\u00B9",
    L"%ls\\LPT9.txt",
    L"%ls\\CONIN$",
    L"%ls\\CONOUT$",
    /* . and .., and nothing */
    L"%ls\\..\\file",
    L"%ls\\.\\file",
    L"%ls\\..",
    L"%ls\\.",
    L"%ls\\\\file",
    /* a dot or a space at the end */
    L"%ls\\file.",
    L"%ls\\file ",
    L"%ls\\folder.\\file",
    L"%ls\\folder \\file",
    /* alternate streams, wildcards, and what no name can hold */
    L"%ls\\file:stream",
    L"%ls\\file::$DATA",
    L"%ls\\a*",
    L"%ls\\a?",
    L"%ls\\a<b",
    L"%ls\\a>b",
    L"%ls\\a\"b",
    L"%ls\\a|b",
    L"%ls\\a\tb",
    L"%ls\\a\nb",
    L"%ls\\a\x01"
    L"b",
    L"%ls\\a\x7F"
    L"b",
    /* forward slashes in the verbatim form */
    L"\\\\?\\%ls/file",
    /* a root, and a separator at the end */
    L"C:\\",
    L"\\\\?\\C:\\",
    L"%ls\\",
    L"%ls\\folder\\",
    /* an existing folder */
    L"%ls",
    L"%ls\\queue",
};

static IBackgroundCopyManager *manager;
static IBackgroundCopyJob *job;

static void open_job(void)
{
    manager = env_manager();
    job = env_job(manager);
}

static void close_job(void)
{
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static HRESULT add_ranges(const WCHAR *name)
{
    IDeliveryOptimizationJob *delivery = NULL;
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&delivery), S_OK);
    HRESULT hr =
        IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", L"http://test/a", name, 0, NULL, UINT64_MAX);
    IDeliveryOptimizationJob_Release(delivery);
    return hr;
}

static HRESULT add_job3(const WCHAR *name)
{
    IBackgroundCopyJob3 *job3 = NULL;
    BG_FILE_RANGE range = {0, 1};
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3), S_OK);
    HRESULT hr = IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://test/a", name, 1, &range);
    IBackgroundCopyJob3_Release(job3);
    return hr;
}

static HRESULT add_set(const WCHAR *name)
{
    WCHAR good[TEMP_PATH_MAX];
    temp_dir_path(&env.dir, L"good", good);
    BG_FILE_INFO set[2] = {{(WCHAR[]){L"http://test/a"}, good}, {(WCHAR[]){L"http://test/b"}, (WCHAR *)name}};
    return IBackgroundCopyJob_AddFileSet(job, 2, set);
}

static void assert_all_answer(const WCHAR *name, HRESULT expected)
{
    HRESULT answers[] = {IBackgroundCopyJob_AddFile(job, L"http://test/a", name), add_job3(name), add_ranges(name),
                         add_set(name)};
    for (size_t i = 0; i < ARRAYSIZE(answers); i++) {
        if (answers[i] != expected)
            fail_msg("call %u, \"%ls\": 0x%08lX, not 0x%08lX", (unsigned)i, name, (unsigned long)answers[i],
                     (unsigned long)expected);
    }
}

static ULONG file_count(void)
{
    BG_JOB_PROGRESS progress;
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    return progress.FilesTotal;
}

static void names_that_are_refused_are_refused_by_every_call(void **state)
{
    (void)state;
    open_job();
    for (size_t i = 0; i < ARRAYSIZE(refused); i++) {
        WCHAR name[TEMP_PATH_MAX + 64];
        const WCHAR *place = wcsstr(refused[i], L"%ls");
        if (place)
            (void)swprintf(name, ARRAYSIZE(name), L"%.*ls%ls%ls", (int)(place - refused[i]), refused[i], env.dir.path,
                           place + 3);
        else
            (void)swprintf(name, ARRAYSIZE(name), L"%ls", refused[i]);
        assert_all_answer(name, E_INVALIDARG);
    }
    assert_int_equal(file_count(), 0);
    close_job();
}

static void a_name_has_at_most_32000_characters(void **state)
{
    (void)state;
    static WCHAR name[32100];
    open_job();
    size_t length = (size_t)swprintf(name, ARRAYSIZE(name), L"%ls", env.dir.path);
    while (length < 32001) {
        name[length++] = L'\\';
        for (int i = 0; i < 200 && length < 32001; i++)
            name[length++] = L'a';
    }
    assert_all_answer(name, E_INVALIDARG);
    name[32000] = 0;
    assert_all_answer(name, PATH_NOT_FOUND); /* the rules allow it; its folder is not there */
    close_job();
}

static void a_folder_is_never_created(void **state)
{
    (void)state;
    open_job();
    assert_all_answer(env_path(L"missing\\file"), PATH_NOT_FOUND);
    assert_false(temp_file_exists(env_path(L"missing")));
    close_job();
}

static void a_name_of_another_live_job_is_taken_whatever_its_case(void **state)
{
    (void)state;
    open_job();
    IBackgroundCopyJob *other = env_job(manager);
    assert_hr(IBackgroundCopyJob_AddFile(other, L"http://test/a", env_path(L"Taken\u00E4")), S_OK);
    assert_all_answer(env_path(L"tAKEN\u00C4"), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob_Cancel(other), S_OK);
    IBackgroundCopyJob_Release(other);
    assert_hr(IBackgroundCopyJob_AddFile(job, L"http://test/a", env_path(L"tAKEN\u00C4")), S_OK);
    close_job();
}

static void names_on_shares_need_the_setting(void **state)
{
    (void)state;
    env.allow_unc = true;
    open_job();
    /* The rules allow it; the system does not find it, in words of its own. */
    HRESULT hr = IBackgroundCopyJob_AddFile(job, L"http://test/a", L"\\\\dosvc.invalid\\share\\file");
    assert_true(FAILED(hr) && hr != E_INVALIDARG);
    assert_hr(IBackgroundCopyJob_AddFile(job, L"http://test/a", L"\\\\server\\pipe\\file"), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob_AddFile(job, L"http://test/a", L"\\\\server\\share"), E_INVALIDARG);
    close_job();
}

static void a_name_far_beyond_max_path_works(void **state)
{
    (void)state;
    static WCHAR path[2000];
    char *bytes;
    size_t size;
    struct memory_resource *resource = memory_http_add(&env.http, u"long", 1000, 5);
    int length = swprintf(path, ARRAYSIZE(path), L"\\\\?\\%ls", env.dir.path);
    for (int i = 0; i < 5; i++) {
        length += swprintf(path + length, ARRAYSIZE(path) - (size_t)length, L"\\%0100d", i);
        assert_true(CreateDirectoryW(path, NULL));
    }
    (void)swprintf(path + length, ARRAYSIZE(path) - (size_t)length, L"\\%0100d", 9);
    open_job();
    assert_hr(IBackgroundCopyJob_AddFile(job, resource->url, path + 4), S_OK); /* without the prefix */
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    bytes = temp_file_read(path, &size);
    assert_int_equal(size, 1000);
    assert_int_equal((uint8_t)bytes[999], memory_http_byte(5, 999));
    free(bytes);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    for (int i = 0; i < 6; i++) { /* what temp_dir_remove has no room for */
        (void)(i ? RemoveDirectoryW(path) : DeleteFileW(path));
        *wcsrchr(path, L'\\') = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(names_that_are_refused_are_refused_by_every_call),
        ENV_TEST(a_name_has_at_most_32000_characters),
        ENV_TEST(a_folder_is_never_created),
        ENV_TEST(a_name_of_another_live_job_is_taken_whatever_its_case),
        ENV_TEST(names_on_shares_need_the_setting),
        ENV_TEST(a_name_far_beyond_max_path_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
