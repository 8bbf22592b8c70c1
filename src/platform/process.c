#include "process.h"

#include "log.h"
#include "memory.h"
#include "utf16.h"

#include <windows.h>

#include <wchar.h>

struct process {
    HANDLE handle;
    HANDLE wait; /* of the system's thread pool; NULL: none */
    struct signal *on_exit;
};

static void CALLBACK tell_exit(void *context, BOOLEAN is_timeout)
{
    (void)is_timeout;
    signal_set(((struct process *)context)->on_exit);
}

static bool is_fully_qualified(const char16_t *name)
{
    bool has_drive = name[0] && name[1] == u':' && (name[2] == u'\\' || name[2] == u'/');
    return has_drive || (name[0] == u'\\' && name[1] == u'\\');
}

/* Returns new. A bare name is one of the system's folder, never of the current one: whoever can choose that must not choose the program. */
static HRESULT resolve(const char16_t *name, char16_t **program)
{
    *program = NULL;
    if (is_fully_qualified(name)) {
        *program = utf16_duplicate(name);
        return *program ? S_OK : E_OUTOFMEMORY;
    }
    if (!name[0] || wcspbrk(name, L"\\/:"))
        return E_INVALIDARG;
    UINT folder = GetSystemDirectoryW(NULL, 0); /* with its terminator */
    size_t size = folder + 1 + utf16_length(name);
    char16_t *text = mem_alloc(size * sizeof(*text));
    if (!text)
        return E_OUTOFMEMORY;
    GetSystemDirectoryW(text, folder);
    (void)swprintf(text + folder - 1, size - (folder - 1), L"\\%ls", name);
    *program = text;
    return S_OK;
}

static HRESULT create(const char16_t *program, char16_t *command_line, HANDLE *handle)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION information;
    if (!CreateProcessW(program, command_line, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &startup, &information))
        return log_last_error(LOG_NOTIFY, L"cannot start %ls", program);
    CloseHandle(information.hThread);
    *handle = information.hProcess;
    return S_OK;
}

static void system_release(struct process_ops *ops, struct process *process)
{
    (void)ops;
    if (process->wait)
        UnregisterWaitEx(process->wait, INVALID_HANDLE_VALUE); /* waits for a tell_exit that runs */
    CloseHandle(process->handle);
    mem_free(process);
}

static HRESULT system_start(struct process_ops *ops, const char16_t *program, const char16_t *command_line,
                            struct signal *on_exit, struct process **out)
{
    *out = NULL;
    char16_t *full_name;
    HRESULT hr = resolve(program, &full_name);
    if (FAILED(hr))
        return log_failure(LOG_NOTIFY, hr, L"%ls is not the full name of a program", program);
    char16_t *writable = utf16_duplicate(command_line); /* CreateProcess may write into it */
    struct process *process = mem_alloc(sizeof(*process));
    hr = process && (writable || !command_line) ? S_OK : E_OUTOFMEMORY;
    if (SUCCEEDED(hr)) {
        process->on_exit = on_exit;
        hr = create(full_name, writable, &process->handle);
    }
    mem_free(writable);
    mem_free(full_name);
    if (FAILED(hr)) {
        mem_free(process);
        return hr;
    }
    if (!RegisterWaitForSingleObject(&process->wait, process->handle, tell_exit, process, INFINITE,
                                     WT_EXECUTEONLYONCE)) {
        hr = log_last_error(LOG_NOTIFY, L"cannot wait for the end of %ls", program);
        process->wait = NULL;
        system_release(ops, process);
        return hr;
    }
    *out = process;
    return S_OK;
}

static bool system_has_ended(struct process_ops *ops, struct process *process, uint32_t *exit_code)
{
    DWORD code = 1;
    (void)ops;
    if (WaitForSingleObject(process->handle, 0) != WAIT_OBJECT_0)
        return false;
    if (!GetExitCodeProcess(process->handle, &code))
        (void)log_last_error(LOG_NOTIFY, L"cannot tell how a program ended");
    *exit_code = code;
    return true;
}

struct process_ops *process_ops_system(void)
{
    static struct process_ops ops = {system_start, system_has_ended, system_release};
    return &ops;
}
