#include "thread.h"

#include "log.h"
#include "memory.h"

#include <windows.h>

#include <stdatomic.h>

/* Its address lies in this module, whichever that is. */
static const char16_t own_module_mark;

struct thread {
    HANDLE handle;
    void (*run)(void *context);
    void *context;
    HMODULE module; /* of a last thread: the reference that it gives up as it ends */
};

typedef HRESULT(WINAPI *set_thread_description)(HANDLE thread, PCWSTR name);

static void name_thread(HANDLE thread, const char16_t *name)
{
    /* Windows 10 1607 and later; the import library knows it under varying DLLs. */
    HMODULE kernel = GetModuleHandleW(L"kernelbase.dll");
    set_thread_description describe =
        kernel ? (set_thread_description)(void (*)(void))GetProcAddress(kernel, "SetThreadDescription") : NULL;
    if (describe)
        describe(thread, (PCWSTR)name);
}

/* A drive without a disk is a failure, not a question to the user that the thread waits for. */
static void begin(void)
{
    SetThreadErrorMode(SEM_FAILCRITICALERRORS, NULL);
}

static DWORD WINAPI run_thread(void *parameter)
{
    struct thread *thread = parameter;
    begin();
    thread->run(thread->context);
    return 0;
}

static DWORD WINAPI run_last_thread(void *parameter)
{
    struct thread *thread = parameter;
    begin();
    thread->run(thread->context);
    HMODULE module = thread->module;
    mem_free(thread);
    /* The module's code may be gone when this call returns, so it does not return. */
    FreeLibraryAndExitThread(module, 0);
}

static HRESULT start(struct thread *thread, LPTHREAD_START_ROUTINE routine, const char16_t *name)
{
    /* Suspended, so that it has its name from the start. */
    thread->handle = CreateThread(NULL, 0, routine, thread, CREATE_SUSPENDED, NULL);
    if (!thread->handle)
        return log_last_error(LOG_MODULE, L"cannot start thread %ls", name);
    name_thread(thread->handle, name);
    return S_OK;
}

HRESULT thread_start(const char16_t *name, void (*run)(void *context), void *context, struct thread **thread)
{
    *thread = NULL;
    struct thread *started = mem_alloc(sizeof(*started));
    if (!started)
        return log_failure(LOG_MODULE, E_OUTOFMEMORY, L"cannot start thread %ls", name);
    started->run = run;
    started->context = context;
    HRESULT hr = start(started, run_thread, name);
    if (FAILED(hr)) {
        mem_free(started);
        return hr;
    }
    *thread = started;
    ResumeThread(started->handle);
    return S_OK;
}

void thread_join(struct thread *thread)
{
    WaitForSingleObject(thread->handle, INFINITE);
    CloseHandle(thread->handle);
    mem_free(thread);
}

HRESULT thread_start_last(const char16_t *name, void (*run)(void *context), void *context)
{
    struct thread *thread = mem_alloc(sizeof(*thread));
    if (!thread)
        return log_failure(LOG_MODULE, E_OUTOFMEMORY, L"cannot start thread %ls", name);
    thread->run = run;
    thread->context = context;
    HRESULT hr;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, &own_module_mark, &thread->module)) {
        hr = log_last_error(LOG_MODULE, L"cannot hold the module for thread %ls", name);
        goto free_thread;
    }
    hr = start(thread, run_last_thread, name);
    if (FAILED(hr))
        goto free_module;
    HANDLE handle = thread->handle;
    ResumeThread(handle); /* from here on the block is the thread's */
    CloseHandle(handle);
    return S_OK;

free_module:
    FreeLibrary(thread->module);
free_thread:
    mem_free(thread);
    return hr;
}

static _Atomic uint32_t delicate;

void thread_delicate_begin(void)
{
    atomic_fetch_add(&delicate, 1);
}

void thread_delicate_end(void)
{
    atomic_fetch_sub(&delicate, 1);
}

uint32_t thread_delicate_count(void)
{
    return atomic_load(&delicate);
}

bool thread_is_killed_anywhere(void)
{
    HMODULE kernel = GetModuleHandleW(L"ntdll.dll");
    return kernel && GetProcAddress(kernel, "wine_get_version");
}

uint32_t thread_current_id(void)
{
    return GetCurrentThreadId();
}

void thread_pause(uint32_t milliseconds)
{
    Sleep(milliseconds);
}
