/* The shipped DLL is loaded, used and unloaded a hundred times in one process: no handle, no thread, no memory and no reference to a
 * client's callback is left behind. Ten copies of it at a time, for each engine takes two seconds to see that nobody needs it. That the counts would see
 * a leak is proved by making one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include <windows.h>
#include <tlhelp32.h>
#include <winternl.h>

#include <cguid.h>

#include "client.h"

#define COPIES        10
#define ROUNDS        10
#define LIMIT_MS      60000u
#define SYSTEM_HANDLE ((SYSTEM_INFORMATION_CLASS)16)
#define LEAK_BYTES    (8u * 1024 * 1024)
/* What a heap may keep for itself over nine rounds of ten engines. A byte array of 16 KiB that each lost would be more. */
#define SLACK_BYTES (1u * 1024 * 1024)

/* ---- What this process has ---- */

struct handle_entry {
    ULONG process;
    BYTE type, flags;
    USHORT handle;
    void *object;
    ACCESS_MASK access;
};

struct handle_list {
    ULONG count;
    struct handle_entry entries[];
};

static size_t count_handles(void)
{
    size_t room = 1 << 20, count = 0;
    struct handle_list *list = malloc(room);
    ULONG needed = 0;
    while (NtQuerySystemInformation(SYSTEM_HANDLE, list, (ULONG)room, &needed) < 0) {
        room *= 2;
        assert_in_range(room, 1, 1u << 28);
        free(list);
        list = malloc(room);
    }
    for (ULONG i = 0; i < list->count; i++)
        count += list->entries[i].process == GetCurrentProcessId();
    free(list);
    return count;
}

static size_t count_threads(void)
{
    THREADENTRY32 entry = {.dwSize = sizeof(entry)};
    size_t count = 0;
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    assert_true(snapshot != INVALID_HANDLE_VALUE);
    for (BOOL has = Thread32First(snapshot, &entry); has; has = Thread32Next(snapshot, &entry))
        count += entry.th32OwnerProcessID == GetCurrentProcessId();
    CloseHandle(snapshot);
    return count;
}

/* Committed and nobody else's. (Wine does not fill PrivateUsage.) */
static size_t private_bytes(void)
{
    MEMORY_BASIC_INFORMATION region;
    size_t bytes = 0;
    for (char *at = NULL; VirtualQuery(at, &region, sizeof(region));
         at = (char *)region.BaseAddress + region.RegionSize)
        bytes += region.State == MEM_COMMIT && region.Type == MEM_PRIVATE ? region.RegionSize : 0;
    return bytes;
}

/* ---- The copies ---- */

static wchar_t folder[MAX_PATH];
static struct listener listener; /* set for jobs by way of the Global Interface Table */

static void copy_name(int number, wchar_t path[MAX_PATH])
{
    (void)swprintf(path, MAX_PATH, L"%ls\\Dosvc-%d.dll", folder, number);
}

typedef HRESULT(STDAPICALLTYPE *get_class_object)(REFCLSID, REFIID, void **);
typedef HRESULT(STDAPICALLTYPE *can_unload_now)(void);

typedef void (*any_function)(void);

static any_function export_of(HMODULE module, const char *name)
{
    any_function address = (any_function)GetProcAddress(module, name);
    assert_true(address != NULL);
    return address;
}

/* What the round before left. */
static void cancel_all(IBackgroundCopyManager *manager)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *job = NULL;
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK) {
        assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
}

/* A job that is started and cancelled, and one that stays, with a callback interface that nobody takes back. */
static void use(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job = client_job(manager, &listener);
    wchar_t path[MAX_PATH];
    (void)swprintf(path, MAX_PATH, L"%ls\\file", folder);
    assert_hr(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1:1/none", path), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
    job = client_job(manager, &listener);
    IBackgroundCopyJob_Release(job);
}

static HMODULE load_and_use(int number)
{
    wchar_t path[MAX_PATH], queue[MAX_PATH];
    IClassFactory *factory = NULL;
    IBackgroundCopyManager *manager = NULL;
    copy_name(number, path);
    (void)swprintf(queue, MAX_PATH, L"%ls\\queue-%d", folder, number);
    SetEnvironmentVariableW(L"DOSVC_QUEUE_DIR", queue);
    HMODULE module = LoadLibraryW(path);
    assert_non_null(module);
    get_class_object get = (get_class_object)export_of(module, "DllGetClassObject");
    assert_int_equal(get(&CLSID_DeliveryOptimization, &IID_IClassFactory, (void **)&factory), S_OK);
    assert_int_equal(IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyManager, (void **)&manager), S_OK);
    IClassFactory_Release(factory);
    cancel_all(manager);
    use(manager);
    IBackgroundCopyManager_Release(manager);
    assert_int_equal(((can_unload_now)export_of(module, "DllCanUnloadNow"))(), S_FALSE);
    return module;
}

/* The engine thread has a reference of its own, which is the last to go. */
static void unload(int number, HMODULE module)
{
    ULONGLONG deadline = GetTickCount64() + LIMIT_MS;
    wchar_t path[MAX_PATH];
    can_unload_now can_unload = (can_unload_now)export_of(module, "DllCanUnloadNow");
    while (can_unload() != S_OK) {
        assert_true(GetTickCount64() < deadline);
        Sleep(10);
    }
    assert_true(FreeLibrary(module));
    copy_name(number, path);
    while (GetModuleHandleW(path)) {
        assert_true(GetTickCount64() < deadline);
        Sleep(1);
    }
}

static void run_round(void)
{
    HMODULE modules[COPIES];
    for (int i = 0; i < COPIES; i++)
        modules[i] = load_and_use(i);
    for (int i = 0; i < COPIES; i++)
        unload(i, modules[i]);
    assert_int_equal(listener.references, 1);
}

/* Threads that have been ended, and what belongs to them, go a moment later. */
static bool comes_down_to(size_t (*count)(void), size_t expected)
{
    ULONGLONG deadline = GetTickCount64() + 5000;
    while (count() > expected) {
        if (GetTickCount64() >= deadline)
            return false;
        Sleep(10);
    }
    return true;
}

static void a_dll_that_was_unloaded_leaves_nothing(void **context)
{
    (void)context;
    run_round(); /* what the system itself keeps from a first use */
    size_t handles = count_handles(), threads = count_threads(), bytes = private_bytes();
    for (int round = 1; round < ROUNDS; round++)
        run_round();
    if (!comes_down_to(count_threads, threads))
        fail_msg("%u threads, not %u", (unsigned)count_threads(), (unsigned)threads);
    if (!comes_down_to(count_handles, handles))
        fail_msg("%u handles, not %u", (unsigned)count_handles(), (unsigned)handles);
    print_message("%u handles, %u threads, %u KiB; then %u, %u, %u KiB\n", (unsigned)handles, (unsigned)threads,
                  (unsigned)(bytes / 1024), (unsigned)count_handles(), (unsigned)count_threads(),
                  (unsigned)(private_bytes() / 1024));
    if (private_bytes() > bytes + SLACK_BYTES)
        fail_msg("%u KiB, not %u", (unsigned)(private_bytes() / 1024), (unsigned)(bytes / 1024));
}

static DWORD WINAPI wait_for(void *event)
{
    return WaitForSingleObject(event, LIMIT_MS);
}

static void the_counts_see_a_leak(void **context)
{
    (void)context;
    size_t handles = count_handles(), threads = count_threads();
    HANDLE events[3];
    for (int i = 0; i < 3; i++)
        events[i] = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_int_equal(count_handles(), handles + 3);
    HANDLE thread = CreateThread(NULL, 0, wait_for, events[0], 0, NULL);
    assert_int_equal(count_threads(), threads + 1);
    SetEvent(events[0]);
    assert_int_equal(WaitForSingleObject(thread, LIMIT_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    for (int i = 0; i < 3; i++)
        CloseHandle(events[i]);
    IGlobalInterfaceTable *table = NULL;
    DWORD cookie;
    assert_hr(CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER, &IID_IGlobalInterfaceTable,
                               (void **)&table),
              S_OK);
    assert_hr(
        IGlobalInterfaceTable_RegisterInterfaceInGlobal(table, (IUnknown *)&listener.callback, &IID_IUnknown, &cookie),
        S_OK);
    assert_in_range(listener.references, 2, 10);
    assert_hr(IGlobalInterfaceTable_RevokeInterfaceFromGlobal(table, cookie), S_OK);
    assert_int_equal(listener.references, 1);
    IGlobalInterfaceTable_Release(table);
    size_t bytes = private_bytes();
    char *block = malloc(LEAK_BYTES);
    memset(block, 1, LEAK_BYTES);
    assert_true(private_bytes() > bytes + SLACK_BYTES);
    free(block);
}

static int make_copies(void **context)
{
    (void)context;
    wchar_t bin[MAX_PATH], original[MAX_PATH], path[MAX_PATH];
    assert_in_range(GetEnvironmentVariableW(L"DOSVC_TEST_DIR", folder, MAX_PATH), 1, MAX_PATH - 1);
    assert_in_range(GetEnvironmentVariableW(L"DOSVC_TEST_BIN", bin, MAX_PATH), 1, MAX_PATH - 1);
    (void)swprintf(original, MAX_PATH, L"%ls\\Dosvc.dll", bin);
    for (int i = 0; i < COPIES; i++) {
        copy_name(i, path);
        if (!CopyFileW(original, path, FALSE))
            return -1;
    }
    listener_init(&listener);
    return FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ? -1 : 0;
}

static int leave(void **context)
{
    (void)context;
    CoUninitialize();
    listener_destroy(&listener);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counts_see_a_leak),
        cmocka_unit_test(a_dll_that_was_unloaded_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, make_copies, leave);
}
