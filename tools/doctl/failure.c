#include "failure.h"

#include "output.h"

#include <deliveryoptimizationerrors.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define MODULE_NOT_FOUND ((HRESULT)0x8007007EL) /* of LoadLibrary */
#define WHAT_MAX         4096
#define ENGLISH          MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)

/* A copy without the line end that the system's own sentences have. NULL for NULL. */
static wchar_t *copy_sentence(const wchar_t *text)
{
    wchar_t *copy = text != NULL ? _wcsdup(text) : NULL;
    if (copy != NULL) {
        for (size_t length = wcslen(copy); length != 0 && wcschr(L"\r\n ", copy[length - 1]) != NULL; length--) {
            copy[length - 1] = L'\0';
        }
    }
    return copy;
}

static wchar_t *describe_by_system(HRESULT hr)
{
    wchar_t *text = NULL;
    DWORD flags = FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    FormatMessageW(flags, NULL, (DWORD)hr, 0, (wchar_t *)&text, 0, NULL);
    wchar_t *sentence = copy_sentence(text);
    LocalFree(text);
    return sentence;
}

/* Takes what a GetErrorDescription gave. */
static wchar_t *take_description(HRESULT hr, wchar_t *description)
{
    wchar_t *sentence = SUCCEEDED(hr) ? copy_sentence(description) : NULL;
    CoTaskMemFree(description);
    return sentence;
}

/* In the user's language, in English, or the system's text. Returns new (free); NULL when nobody knows the code. */
static wchar_t *describe(IBackgroundCopyManager *manager, HRESULT hr)
{
    const LANGID languages[] = {GetUserDefaultUILanguage(), ENGLISH};
    wchar_t *sentence = NULL;
    for (size_t i = 0; manager != NULL && sentence == NULL && i < 2; i++) {
        wchar_t *text = NULL;
        HRESULT answer = IBackgroundCopyManager_GetErrorDescription(manager, hr, languages[i], &text);
        sentence = take_description(answer, text);
    }
    return sentence != NULL ? sentence : describe_by_system(hr);
}

static const wchar_t *or_unknown(const wchar_t *sentence)
{
    return sentence != NULL ? sentence : L"unknown error";
}

static enum exit_code exit_code_of(HRESULT hr)
{
    switch (hr) {
    case DO_E_NO_SERVICE:
    case REGDB_E_CLASSNOTREG:
    case CO_E_DLLNOTFOUND:
    case CO_E_ERRORINDLL:
    case MODULE_NOT_FOUND: return EXIT_NO_SERVICE;
    default: return EXIT_FAILED;
    }
}

static void print_advice(HRESULT hr)
{
    switch (hr) {
    case DO_E_NO_SERVICE:
        output_print(
            OUTPUT_ERROR,
            L"  One program at a time uses a queue: try again when the other has ended. If there is none, the folder\n"
            L"  of the queue cannot be used; the log names it (docs/SETTINGS.md says where both are).\n");
        break;
    case REGDB_E_CLASSNOTREG:
        output_print(OUTPUT_ERROR,
                     L"  To register it for this computer, as an administrator:  regsvr32 Dosvc.dll\n"
                     L"  for the current user only:                              regsvr32 /n /i:user Dosvc.dll\n");
        break;
    case CO_E_DLLNOTFOUND:
    case CO_E_ERRORINDLL:
    case MODULE_NOT_FOUND:
        output_print(OUTPUT_ERROR,
                     L"  The registered Dosvc.dll is not where it was. Register it again:  regsvr32 Dosvc.dll\n");
        break;
    default: break;
    }
}

static wchar_t *describe_for_user(IBackgroundCopyManager *manager, HRESULT hr)
{
    switch (hr) {
    case DO_E_NO_SERVICE: return _wcsdup(L"another program is using this queue");
    case REGDB_E_CLASSNOTREG: return _wcsdup(L"the Delivery Optimization class is not registered");
    default: return describe(manager, hr);
    }
}

enum exit_code failure_report(IBackgroundCopyManager *manager, HRESULT hr, const wchar_t *what, ...)
{
    wchar_t text[WHAT_MAX] = L"";
    va_list arguments;
    va_start(arguments, what);
    vswprintf(text, WHAT_MAX, what, arguments);
    va_end(arguments);
    wchar_t *sentence = describe_for_user(manager, hr);
    output_print(OUTPUT_ERROR, L"doctl: %ls: %ls (0x%08lX)\n", text, or_unknown(sentence), (unsigned long)hr);
    print_advice(hr);
    free(sentence);
    return exit_code_of(hr);
}

static wchar_t *describe_error(IBackgroundCopyManager *manager, IBackgroundCopyError *error, HRESULT *code)
{
    const LANGID languages[] = {GetUserDefaultUILanguage(), ENGLISH};
    BG_ERROR_CONTEXT context;
    wchar_t *sentence = NULL;
    HRESULT hr = IBackgroundCopyError_GetError(error, &context, code);
    if (FAILED(hr)) {
        *code = hr;
    }
    for (size_t i = 0; sentence == NULL && i < 2; i++) {
        wchar_t *text = NULL;
        HRESULT answer = IBackgroundCopyError_GetErrorDescription(error, languages[i], &text);
        sentence = take_description(answer, text);
    }
    return sentence != NULL ? sentence : describe(manager, *code);
}

wchar_t *failure_of_job(IBackgroundCopyManager *manager, IBackgroundCopyJob *job, HRESULT *code)
{
    IBackgroundCopyError *error = NULL;
    if (FAILED(IBackgroundCopyJob_GetError(job, &error))) {
        return NULL;
    }
    wchar_t *sentence = describe_error(manager, error, code);
    IBackgroundCopyError_Release(error);
    return sentence != NULL ? sentence : _wcsdup(or_unknown(NULL));
}

static void print_file(IBackgroundCopyError *error)
{
    IBackgroundCopyFile *file = NULL;
    wchar_t *name = NULL;
    if (FAILED(IBackgroundCopyError_GetFile(error, &file))) {
        return;
    }
    if (SUCCEEDED(IBackgroundCopyFile_GetRemoteName(file, &name))) {
        output_print(OUTPUT_ERROR, L"  URL:  %ls\n", name);
        CoTaskMemFree(name);
    }
    name = NULL;
    if (SUCCEEDED(IBackgroundCopyFile_GetLocalName(file, &name))) {
        output_print(OUTPUT_ERROR, L"  file: %ls\n", name);
        CoTaskMemFree(name);
    }
    IBackgroundCopyFile_Release(file);
}

enum exit_code failure_report_job(IBackgroundCopyManager *manager, IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error = NULL;
    HRESULT code = E_FAIL;
    HRESULT hr = IBackgroundCopyJob_GetError(job, &error);
    if (FAILED(hr)) {
        return failure_report(manager, hr, L"the download failed, and its error cannot be read");
    }
    wchar_t *sentence = describe_error(manager, error, &code);
    output_print(OUTPUT_ERROR, L"doctl: the download failed: %ls (0x%08lX)\n", or_unknown(sentence),
                 (unsigned long)code);
    print_file(error);
    free(sentence);
    IBackgroundCopyError_Release(error);
    return EXIT_FAILED;
}
