/* Clients that are told in another process: a program that is run, an object of a class of its own, and an interface whose process has died. All three are this
 * program again; what it was told stands in a file. */
#include "client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The class that the second process serves. */
static const CLSID clsid_told = {0x6F1B1A52, 0x41C5, 0x4B0A, {0x9E, 0x0D, 0x51, 0x3C, 0x77, 0x02, 0x9A, 0x11}};
#define CLSID_TOLD_TEXT L"{6F1B1A52-41C5-4B0A-9E0D-513C77029A11}"
#define SERVER_KEY      L"Software\\Classes\\CLSID\\" CLSID_TOLD_TEXT L"\\LocalServer32"

static wchar_t program[MAX_PATH];

/* ---- What other processes leave behind ---- */

/* The file is there at once with all its content, or not at all. A later one takes the place of a former. */
static int leave(const wchar_t *name, const void *bytes, size_t size)
{
    wchar_t path[MAX_PATH], temporary[MAX_PATH];
    client_path(name, path);
    (void)swprintf(temporary, MAX_PATH, L"%ls.new", path);
    FILE *file = _wfopen(temporary, L"wb");
    if (!file)
        return 2;
    size_t written = fwrite(bytes, 1, size, file);
    return fclose(file) == 0 && written == size && MoveFileExW(temporary, path, MOVEFILE_REPLACE_EXISTING) ? 0 : 3;
}

/* Waits for it. It cannot be opened while it gets its name. */
static void find(const wchar_t *name, void *bytes, size_t size)
{
    wchar_t path[MAX_PATH];
    FILE *file;
    ULONGLONG limit = GetTickCount64() + WAIT_LIMIT_MS;
    client_path(name, path);
    while (!(file = _wfopen(path, L"rb"))) {
        if (GetTickCount64() >= limit)
            fail_msg("%ls did not come", name);
        Sleep(5);
    }
    memset(bytes, 0, size);
    (void)fread(bytes, 1, size, file);
    fclose(file);
}

/* ---- The second process, as the server of the class ---- */

static HANDLE server_over;

static HRESULT STDMETHODCALLTYPE told_QueryInterface(IBackgroundCopyCallback2 *iface, REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback) &&
        !IsEqualIID(iid, &IID_IBackgroundCopyCallback2))
        return E_NOINTERFACE;
    IBackgroundCopyCallback2_AddRef(iface);
    *object = iface;
    return S_OK;
}

static LONG told_references; /* of the one object */

static ULONG STDMETHODCALLTYPE told_AddRef(IBackgroundCopyCallback2 *iface)
{
    (void)iface;
    return (ULONG)InterlockedIncrement(&told_references);
}

static ULONG STDMETHODCALLTYPE told_Release(IBackgroundCopyCallback2 *iface)
{
    (void)iface;
    LONG left = InterlockedDecrement(&told_references);
    if (left == 0)
        SetEvent(server_over);
    return (ULONG)left;
}

/* The job belongs to the first process: this asks for it there. */
static HRESULT STDMETHODCALLTYPE told_JobTransferred(IBackgroundCopyCallback2 *iface, IBackgroundCopyJob *job)
{
    GUID id;
    (void)iface;
    HRESULT hr = IBackgroundCopyJob_GetId(job, &id);
    return FAILED(hr) ? hr : leave(L"told", &id, sizeof(id)) ? E_FAIL : S_OK;
}

static HRESULT STDMETHODCALLTYPE told_JobError(IBackgroundCopyCallback2 *iface, IBackgroundCopyJob *job,
                                               IBackgroundCopyError *error)
{
    (void)iface;
    (void)job;
    (void)error;
    return E_UNEXPECTED;
}

static HRESULT STDMETHODCALLTYPE told_JobModification(IBackgroundCopyCallback2 *iface, IBackgroundCopyJob *job,
                                                      DWORD reserved)
{
    (void)iface;
    (void)job;
    (void)reserved;
    return E_UNEXPECTED;
}

static HRESULT STDMETHODCALLTYPE told_FileTransferred(IBackgroundCopyCallback2 *iface, IBackgroundCopyJob *job,
                                                      IBackgroundCopyFile *file)
{
    BG_FILE_PROGRESS progress;
    (void)iface;
    (void)job;
    HRESULT hr = IBackgroundCopyFile_GetProgress(file, &progress);
    if (FAILED(hr))
        return hr;
    return leave(L"file", &progress.BytesTransferred, sizeof(progress.BytesTransferred)) ? E_FAIL : S_OK;
}

static const IBackgroundCopyCallback2Vtbl told_vtable = {
    told_QueryInterface, told_AddRef,          told_Release,         told_JobTransferred,
    told_JobError,       told_JobModification, told_FileTransferred,
};
static IBackgroundCopyCallback2 told = {&told_vtable};

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid, void **object)
{
    *object = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory) ? iface : NULL;
    return *object ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid,
                                                        void **object)
{
    (void)iface;
    *object = NULL;
    return outer ? CLASS_E_NOAGGREGATION : IBackgroundCopyCallback2_QueryInterface(&told, iid, object);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL is_locked)
{
    (void)iface;
    (void)is_locked;
    return S_OK;
}

static const IClassFactoryVtbl factory_vtable = {
    factory_QueryInterface, factory_AddRef, factory_Release, factory_CreateInstance, factory_LockServer,
};

static int serve_class(void)
{
    static IClassFactory factory = {&factory_vtable};
    DWORD cookie;
    DWORD id = GetCurrentProcessId();
    server_over = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ||
        FAILED(
            CoRegisterClassObject(&clsid_told, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER, REGCLS_SINGLEUSE, &cookie)) ||
        leave(L"server", &id, sizeof(id)))
        return 4;
    WaitForSingleObject(server_over, WAIT_LIMIT_MS);
    CoRevokeClassObject(cookie);
    CoUninitialize();
    return 0;
}

/* ---- The second process, as the program of a command line ---- */

static int be_run(void)
{
    const wchar_t *line = GetCommandLineW();
    return leave(L"command", line, (wcslen(line) + 1) * sizeof(*line));
}

/* ---- The tests ---- */

static struct origin *origin;
static struct listener listener;
static IBackgroundCopyManager *manager;

static void register_class(void)
{
    wchar_t command[2 * MAX_PATH];
    HKEY key;
    (void)swprintf(command, ARRAYSIZE(command), L"\"%ls\" serve", program);
    assert_int_equal(RegCreateKeyExW(HKEY_LOCAL_MACHINE, SERVER_KEY, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL), 0);
    assert_int_equal(
        RegSetValueExW(key, NULL, 0, REG_SZ, (const BYTE *)command, (DWORD)((wcslen(command) + 1) * sizeof(*command))),
        0);
    RegCloseKey(key);
}

static int open_all(void **context)
{
    (void)context;
    wchar_t log_path[MAX_PATH];
    if (!origin_start(&origin, NULL))
        return -1;
    listener_init(&listener);
    register_class();
    client_path(L"log", log_path);
    SetEnvironmentVariableW(L"DOSVC_LOG", log_path);
    manager = client_open(COINIT_MULTITHREADED);
    return 0;
}

static int close_all(void **context)
{
    (void)context;
    client_close(manager);
    listener_destroy(&listener);
    origin_stop(origin);
    return 0;
}

static IBackgroundCopyJob *job_with_file(const wchar_t *name)
{
    IBackgroundCopyJob *job = client_job(manager, NULL);
    client_add(job, origin, "/gen/a?size=1000&seed=1", name);
    return job;
}

/* What was told is owed no more: whoever listens now hears of a modification, which would come after it. */
static void assert_told_once(IBackgroundCopyJob *job)
{
    LONG transferred = listener.transferred;
    LONG modified = listener.modified;
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&listener.callback), S_OK);
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_MODIFICATION), S_OK);
    assert_true(listener_wait(&listener, &listener.modified, modified + 1));
    assert_int_equal(listener.transferred, transferred);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
}

static void a_program_is_run_with_its_command_line(void **context)
{
    (void)context;
    wchar_t line[2 * MAX_PATH];
    wchar_t told_line[2 * MAX_PATH];
    IBackgroundCopyJob *job = job_with_file(L"a");
    IBackgroundCopyJob2 *second;
    (void)swprintf(line, ARRAYSIZE(line), L"\"%ls\" run  \"two  words\"", program);
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&second), S_OK);
    assert_hr(IBackgroundCopyJob2_SetNotifyCmdLine(second, program, line), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    find(L"command", told_line, sizeof(told_line));
    assert_int_equal(wcscmp(told_line, line), 0);
    assert_hr(IBackgroundCopyJob2_SetNotifyCmdLine(second, NULL, NULL), S_OK);
    IBackgroundCopyJob2_Release(second);
    assert_told_once(job);
}

static void an_object_of_the_class_that_the_job_names_is_told(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = job_with_file(L"b");
    IBackgroundCopyJob5 *fifth;
    BITS_JOB_PROPERTY_VALUE value = {.ClsID = clsid_told};
    GUID id, told_id;
    UINT64 bytes;
    assert_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&fifth), S_OK);
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_FILE_TRANSFERRED), S_OK);
    assert_hr(IBackgroundCopyJob5_SetProperty(fifth, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    find(L"file", &bytes, sizeof(bytes));
    assert_int_equal(bytes, 1000);
    find(L"told", &told_id, sizeof(told_id));
    assert_memory_equal(&told_id, &id, sizeof(id));
    IBackgroundCopyJob5_Release(fifth);
    assert_told_once(job);
}

static void end_server(void)
{
    DWORD id;
    find(L"server", &id, sizeof(id));
    HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, id);
    assert_non_null(process);
    assert_true(TerminateProcess(process, 1));
    assert_int_equal(WaitForSingleObject(process, WAIT_LIMIT_MS), WAIT_OBJECT_0);
    CloseHandle(process);
}

static void remove_trace(const wchar_t *name)
{
    wchar_t path[MAX_PATH];
    client_path(name, path);
    DeleteFileW(path);
}

/* Asking for the interface until it is gone would crash now and then: two threads that fetch an interface of a dead process at one moment free Wine's
 * proxy (8.0) under each other. */
static void await_logged(const char *line)
{
    static char text[65536];
    ULONGLONG limit = GetTickCount64() + WAIT_LIMIT_MS;
    do {
        assert_true(GetTickCount64() < limit);
        Sleep(5);
        find(L"log", text, sizeof(text) - 1);
    } while (!strstr(text, line));
}

static void an_interface_whose_process_died_is_dropped_and_the_event_stays_owed(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = job_with_file(L"c");
    IUnknown *set = NULL;
    LONG transferred = listener.transferred;
    remove_trace(L"server");
    assert_hr(CoCreateInstance(&clsid_told, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&set), S_OK);
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, set), S_OK);
    IUnknown_Release(set);
    end_server();
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    await_logged("a client's callback interface is gone");
    assert_hr(IBackgroundCopyJob_GetNotifyInterface(job, &set), S_OK);
    assert_null(set);
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&listener.callback), S_OK);
    assert_true(listener_wait(&listener, &listener.transferred, transferred + 1));
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_is_run_with_its_command_line),
        cmocka_unit_test(an_object_of_the_class_that_the_job_names_is_told),
        cmocka_unit_test(an_interface_whose_process_died_is_dropped_and_the_event_stays_owed),
    };
    if (argc > 1 && strcmp(argv[1], "run") == 0)
        return be_run();
    if (argc > 1 && strcmp(argv[1], "serve") == 0)
        return serve_class();
    GetModuleFileNameW(NULL, program, MAX_PATH);
    return cmocka_run_group_tests(tests, open_all, close_all);
}
