#include "job_picture.h"

#include <stdio.h>
#include <string.h>

static void add(struct job_picture *picture, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct job_picture *picture, const char *format, ...)
{
    size_t room = sizeof picture->text - picture->length;
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(picture->text + picture->length, room, format, arguments);
    va_end(arguments);
    assert_true(written >= 0 && (size_t)written < room);
    picture->length += (size_t)written;
}

/* A line begins with the getter and its answer, what it gave follows. */
static bool add_answer(struct job_picture *picture, const char *getter, HRESULT hr)
{
    add(picture, "\n%s %08lX", getter, (unsigned long)hr);
    return SUCCEEDED(hr);
}

static void add_text(struct job_picture *picture, WCHAR *text)
{
    add(picture, " \"%ls\"", text ? text : L"(NULL)");
    CoTaskMemFree(text);
}

static void add_time(struct job_picture *picture, const FILETIME *time)
{
    add(picture, " %08lX%08lX", time->dwHighDateTime, time->dwLowDateTime);
}

#define TEXT_OF(picture, face, getter, object)                                                                         \
    do {                                                                                                               \
        WCHAR *text_ = NULL;                                                                                           \
        if (add_answer(picture, #getter, face##_##getter(object, &text_)))                                             \
            add_text(picture, text_);                                                                                  \
    } while (0)

#define NUMBER_OF(picture, face, getter, object, type)                                                                 \
    do {                                                                                                               \
        type number_ = 0;                                                                                              \
        if (add_answer(picture, #getter, face##_##getter(object, &number_)))                                           \
            add(picture, " %llu", (unsigned long long)number_);                                                        \
    } while (0)

static void add_progress(struct job_picture *picture, IBackgroundCopyJob5 *job)
{
    BG_JOB_PROGRESS progress = {0};
    BG_JOB_TIMES times = {0};
    if (add_answer(picture, "GetProgress", IBackgroundCopyJob5_GetProgress(job, &progress)))
        add(picture, " %llu/%llu bytes, %lu/%lu files", progress.BytesTransferred, progress.BytesTotal,
            progress.FilesTransferred, progress.FilesTotal);
    if (add_answer(picture, "GetTimes", IBackgroundCopyJob5_GetTimes(job, &times))) {
        add_time(picture, &times.CreationTime);
        add_time(picture, &times.ModificationTime);
        add_time(picture, &times.TransferCompletionTime);
    }
}

static void add_error(struct job_picture *picture, IBackgroundCopyJob5 *job)
{
    IBackgroundCopyError *error = NULL;
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    HRESULT code = S_OK;
    if (!add_answer(picture, "GetError", IBackgroundCopyJob5_GetError(job, &error)))
        return;
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    add(picture, " %08lX in %d", (unsigned long)code, (int)context);
    IBackgroundCopyError_Release(error);
}

static void add_callback(struct job_picture *picture, IBackgroundCopyJob5 *job)
{
    IUnknown *callback = NULL;
    if (!add_answer(picture, "GetNotifyInterface", IBackgroundCopyJob5_GetNotifyInterface(job, &callback)))
        return;
    add(picture, " %p", (void *)callback);
    if (callback)
        IUnknown_Release(callback);
}

static void add_two_texts(struct job_picture *picture, IBackgroundCopyJob5 *job)
{
    BG_JOB_PROXY_USAGE usage = BG_JOB_PROXY_USAGE_PRECONFIG;
    WCHAR *a = NULL, *b = NULL;
    if (add_answer(picture, "GetProxySettings", IBackgroundCopyJob5_GetProxySettings(job, &usage, &a, &b))) {
        add(picture, " %d", (int)usage);
        add_text(picture, a);
        add_text(picture, b);
    }
    a = b = NULL;
    if (add_answer(picture, "GetNotifyCmdLine", IBackgroundCopyJob5_GetNotifyCmdLine(job, &a, &b))) {
        add_text(picture, a);
        add_text(picture, b);
    }
}

static void add_job_properties(struct job_picture *picture, IBackgroundCopyJob5 *job)
{
    for (int id = BITS_JOB_PROPERTY_ID_COST_FLAGS; id <= BITS_JOB_PROPERTY_ON_DEMAND_MODE; id++) {
        BITS_JOB_PROPERTY_VALUE value;
        memset(&value, 0, sizeof value);
        add(picture, "\nproperty %d", id);
        if (add_answer(picture, "", IBackgroundCopyJob5_GetProperty(job, (BITS_JOB_PROPERTY_ID)id, &value)))
            add(picture, " %llu", value.Uint64);
    }
}

static void add_job(struct job_picture *picture, IBackgroundCopyJob5 *job)
{
    NUMBER_OF(picture, IBackgroundCopyJob5, GetState, job, BG_JOB_STATE);
    add_progress(picture, job);
    add_error(picture, job);
    TEXT_OF(picture, IBackgroundCopyJob5, GetOwner, job);
    TEXT_OF(picture, IBackgroundCopyJob5, GetDisplayName, job);
    TEXT_OF(picture, IBackgroundCopyJob5, GetDescription, job);
    NUMBER_OF(picture, IBackgroundCopyJob5, GetPriority, job, BG_JOB_PRIORITY);
    NUMBER_OF(picture, IBackgroundCopyJob5, GetNotifyFlags, job, ULONG);
    add_callback(picture, job);
    NUMBER_OF(picture, IBackgroundCopyJob5, GetMinimumRetryDelay, job, ULONG);
    NUMBER_OF(picture, IBackgroundCopyJob5, GetNoProgressTimeout, job, ULONG);
    NUMBER_OF(picture, IBackgroundCopyJob5, GetErrorCount, job, ULONG);
    add_two_texts(picture, job);
    NUMBER_OF(picture, IBackgroundCopyJob5, GetFileACLFlags, job, DWORD);
    NUMBER_OF(picture, IBackgroundCopyJob5, GetPeerCachingFlags, job, DWORD);
    NUMBER_OF(picture, IBackgroundCopyJob5, GetMaximumDownloadTime, job, ULONG);
    add_job_properties(picture, job);
}

static void add_http_options(struct job_picture *picture, IBackgroundCopyJobHttpOptions *options)
{
    BG_CERT_STORE_LOCATION location = BG_CERT_STORE_LOCATION_CURRENT_USER;
    WCHAR *store = NULL, *subject = NULL;
    BYTE *hash = NULL;
    TEXT_OF(picture, IBackgroundCopyJobHttpOptions, GetCustomHeaders, options);
    NUMBER_OF(picture, IBackgroundCopyJobHttpOptions, GetSecurityFlags, options, ULONG);
    if (!add_answer(picture, "GetClientCertificate",
                    IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, &store, &hash, &subject)))
        return;
    add(picture, " %d %02X", (int)location, hash ? hash[0] : 0);
    CoTaskMemFree(hash);
    add_text(picture, store);
    add_text(picture, subject);
}

static void add_ranges(struct job_picture *picture, IBackgroundCopyFile5 *file)
{
    BG_FILE_RANGE *ranges = NULL;
    DWORD count = 0;
    if (!add_answer(picture, "GetFileRanges", IBackgroundCopyFile5_GetFileRanges(file, &count, &ranges)))
        return;
    for (DWORD i = 0; i < count; i++)
        add(picture, " %llu+%llu", ranges[i].InitialOffset, ranges[i].Length);
    CoTaskMemFree(ranges);
}

static void add_delivery_properties(struct job_picture *picture, IDeliveryOptimizationFile2 *file)
{
    for (int id = DOFilePropertyId_DecryptionInfo; id <= DOFilePropertyId_TotalSizeBytes; id++) {
        VARIANT value;
        VariantInit(&value);
        add(picture, "\nfile property %d", id);
        if (add_answer(picture, "", IDeliveryOptimizationFile2_GetProperty(file, (DOFilePropertyId)id, &value)))
            add(picture, " %d %llu", value.vt, value.vt == VT_UI8 ? value.ullVal : 0);
        if (value.vt == VT_BSTR)
            add(picture, " \"%ls\"", value.bstrVal ? value.bstrVal : L"");
        (void)VariantClear(&value);
    }
}

static void add_file(struct job_picture *picture, IBackgroundCopyFile *classic)
{
    IBackgroundCopyFile5 *file = env_face(classic, &IID_IBackgroundCopyFile5);
    BG_FILE_PROGRESS progress = {0};
    BITS_FILE_PROPERTY_VALUE headers = {.String = NULL};
    TEXT_OF(picture, IBackgroundCopyFile5, GetRemoteName, file);
    TEXT_OF(picture, IBackgroundCopyFile5, GetLocalName, file);
    TEXT_OF(picture, IBackgroundCopyFile5, GetTemporaryName, file);
    NUMBER_OF(picture, IBackgroundCopyFile5, GetValidationState, file, BOOL);
    if (add_answer(picture, "GetProgress", IBackgroundCopyFile5_GetProgress(file, &progress)))
        add(picture, " %llu/%llu bytes, completed %d", progress.BytesTransferred, progress.BytesTotal,
            progress.Completed);
    add_ranges(picture, file);
    if (add_answer(picture, "headers",
                   IBackgroundCopyFile5_GetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &headers)))
        add_text(picture, headers.String);
    add_delivery_properties(picture, env_face(classic, &IID_IDeliveryOptimizationFile2));
}

void job_picture_take(void *job, struct job_picture *picture)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyJob5 *job5 = env_face(job, &IID_IBackgroundCopyJob5);
    picture->length = 0;
    add_job(picture, job5);
    add_http_options(picture, env_face(job, &IID_IBackgroundCopyJobHttpOptions));
    assert_hr(IBackgroundCopyJob5_EnumFiles(job5, &files), S_OK);
    while (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK) {
        add_file(picture, file);
        IBackgroundCopyFile_Release(file);
    }
    IEnumBackgroundCopyFiles_Release(files);
    add(picture, "\n");
}

const char *job_picture_difference(const struct job_picture *before, const struct job_picture *after)
{
    static char line[256];
    size_t at = 0, start = 0;
    while (at < before->length && at < after->length && before->text[at] == after->text[at]) {
        if (after->text[at++] == '\n')
            start = at;
    }
    if (at == before->length && at == after->length)
        return NULL;
    size_t length = strcspn(after->text + start, "\n");
    (void)snprintf(line, sizeof line, "%.*s", (int)length, after->text + start);
    return line;
}
