/* Linked into every test program: a crash says where it was before the system ends the process, in lines "module+offset" from the innermost call outwards
 * (addr2line reads them: the module's preferred base plus the offset). Without it only an exit code is left. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <windows.h>

#define FRAMES_MAX 40
#define TRACES_MAX 3 /* a library may handle such an exception itself: it must not fill the log */

/* No stdio: its locks may be those that the thread holds. */
static void __attribute__((format(__MINGW_PRINTF_FORMAT, 1, 2))) say(const char *format, ...)
{
    char line[600];
    DWORD written;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof(line))
        length = (int)sizeof(line) - 1;
    if (length > 0)
        (void)WriteFile(GetStdHandle(STD_ERROR_HANDLE), line, (DWORD)length, &written, NULL);
}

static void say_frame(DWORD64 address)
{
    char path[MAX_PATH] = "?";
    HMODULE module = NULL;
    if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                           (const wchar_t *)(uintptr_t)address, &module))
        (void)GetModuleFileNameA(module, path, sizeof(path));
    const char *name = strrchr(path, '\\');
    say("  %s+0x%llx\n", name ? name + 1 : path, (unsigned long long)(address - (uintptr_t)module));
}

static void walk(CONTEXT context)
{
    for (size_t i = 0; i < FRAMES_MAX && (context.Rip || i == 0); i++) {
        DWORD64 base, frame;
        void *data;
        say_frame(context.Rip);
        /* The first one is 0 when what was called is no function. */
        RUNTIME_FUNCTION *function = context.Rip ? RtlLookupFunctionEntry(context.Rip, &base, NULL) : NULL;
        if (function) {
            RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, context.Rip, function, &context, &data, &frame, NULL);
        } else {
            /* A leaf function: the return address is all that it has on the stack. */
            context.Rip = *(DWORD64 *)(uintptr_t)context.Rsp;
            context.Rsp += sizeof(DWORD64);
        }
    }
}

static LONG CALLBACK trace(EXCEPTION_POINTERS *exception)
{
    static volatile LONG traces;
    const EXCEPTION_RECORD *record = exception->ExceptionRecord;
    switch (record->ExceptionCode) {
    case EXCEPTION_ACCESS_VIOLATION:
    case EXCEPTION_ILLEGAL_INSTRUCTION:
    case EXCEPTION_INT_DIVIDE_BY_ZERO:
    case STATUS_HEAP_CORRUPTION: break;
    default: return EXCEPTION_CONTINUE_SEARCH;
    }
    if (InterlockedIncrement(&traces) > TRACES_MAX)
        return EXCEPTION_CONTINUE_SEARCH;
    say("exception 0x%08lX in thread %lx, of data at 0x%llx:\n", record->ExceptionCode, GetCurrentThreadId(),
        record->NumberParameters > 1 ? (unsigned long long)record->ExceptionInformation[1] : 0);
    walk(*exception->ContextRecord);
    return EXCEPTION_CONTINUE_SEARCH;
}

static void __attribute__((constructor)) watch(void)
{
    (void)AddVectoredExceptionHandler(1, trace);
}
