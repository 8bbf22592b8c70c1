#include "download.h"

#include "callback.h"
#include "output.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define NAME_MAX 256

/* Set by Ctrl-C and its kin, which the system reports on a thread of its own. Never closed. */
static HANDLE interrupted;

static BOOL WINAPI on_interrupt(DWORD kind)
{
    /* The second time the user means it: the system ends the program. */
    if (WaitForSingleObject(interrupted, 0) == WAIT_OBJECT_0) {
        return FALSE;
    }
    SetEvent(interrupted);
    if (kind != CTRL_C_EVENT && kind != CTRL_BREAK_EVENT) {
        /* The window closes or the user logs off: the program ends when this returns, so that the main thread gets its
         * time here. */
        Sleep(INFINITE);
    }
    return TRUE;
}

static bool watch_interrupts(void)
{
    interrupted = CreateEventW(NULL, TRUE, FALSE, NULL);
    return interrupted != NULL && SetConsoleCtrlHandler(on_interrupt, TRUE);
}

void format_job_id(IBackgroundCopyJob *job, wchar_t text[JOB_ID_SIZE])
{
    GUID id;
    wchar_t braced[JOB_ID_SIZE + 2];
    text[0] = L'\0';
    if (SUCCEEDED(IBackgroundCopyJob_GetId(job, &id)) && StringFromGUID2(&id, braced, JOB_ID_SIZE + 2) != 0) {
        memcpy(text, braced + 1, (JOB_ID_SIZE - 1) * sizeof *text);
        text[JOB_ID_SIZE - 1] = L'\0';
    }
}

/* A job that is being waited for. */
struct wait {
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    const struct options *options;
    struct progress progress;
    HRESULT retry_reason; /* the one that was shown, S_OK: none */
    uint64_t retry_bytes; /* how far the job was then */
};

/* Says why the job waits, once for each reason as long as nothing moves in between. */
static void show_retry(struct wait *wait, const BG_JOB_PROGRESS *now)
{
    HRESULT code = S_OK;
    wchar_t *reason = failure_of_job(wait->manager, wait->job, &code);
    if (reason != NULL && (code != wait->retry_reason || now->BytesTransferred > wait->retry_bytes)) {
        wait->retry_reason = code;
        wait->retry_bytes = now->BytesTransferred;
        if (wait->progress.style != PROGRESS_NONE) {
            output_print(OUTPUT_RESULT, L"waiting to retry: %ls (0x%08lX)\n", reason, (unsigned long)code);
        }
    }
    free(reason);
}

/* The job ends without all its files: it goes, or with --keep it stays for later. */
static void leave_job(struct wait *wait)
{
    wchar_t id[JOB_ID_SIZE];
    if (wait->options->keep) {
        format_job_id(wait->job, id);
        IBackgroundCopyJob_Suspend(wait->job);
        output_print(OUTPUT_ERROR, L"The job stays in the queue. To go on with it:  doctl resume %ls\n", id);
        return;
    }
    HRESULT hr = IBackgroundCopyJob_Cancel(wait->job);
    if (FAILED(hr)) {
        failure_report(wait->manager, hr, L"cannot cancel the job");
    } else {
        output_print(OUTPUT_ERROR, L"The job was cancelled; nothing of it was kept.\n");
    }
}

static enum exit_code complete_job(struct wait *wait, const BG_JOB_PROGRESS *now)
{
    wchar_t id[JOB_ID_SIZE];
    HRESULT hr = IBackgroundCopyJob_Complete(wait->job);
    if (FAILED(hr)) {
        enum exit_code code = failure_report(wait->manager, hr, L"cannot give the files their names");
        format_job_id(wait->job, id);
        output_print(OUTPUT_ERROR, L"The job stays in the queue. To try again:  doctl complete %ls\n", id);
        return code;
    }
    progress_finish(&wait->progress, now);
    return EXIT_DONE;
}

/* One look at the job. False while there is something to wait for; *code says how it ended. */
static bool look(struct wait *wait, enum exit_code *code)
{
    BG_JOB_STATE state;
    BG_JOB_PROGRESS now;
    HRESULT hr = IBackgroundCopyJob_GetState(wait->job, &state);
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyJob_GetProgress(wait->job, &now);
    }
    if (FAILED(hr)) {
        *code = failure_report(wait->manager, hr, L"cannot ask for the job's state");
        return true;
    }
    switch (state) {
    case BG_JOB_STATE_TRANSFERRED: *code = complete_job(wait, &now); return true;
    case BG_JOB_STATE_ERROR:
        *code = failure_report_job(wait->manager, wait->job);
        leave_job(wait);
        return true;
    case BG_JOB_STATE_ACKNOWLEDGED:
    case BG_JOB_STATE_CANCELLED:
        output_print(OUTPUT_ERROR, L"doctl: the job was ended from elsewhere\n");
        *code = EXIT_FAILED;
        return true;
    case BG_JOB_STATE_TRANSIENT_ERROR: show_retry(wait, &now); break;
    default: break;
    }
    progress_show(&wait->progress, &now);
    return false;
}

/* Waits for notifications; only a bar wants a tick besides, to be redrawn. */
static enum exit_code wait_for_end(struct wait *wait, HANDLE changed)
{
    const HANDLE events[] = {interrupted, changed};
    DWORD tick = wait->progress.style == PROGRESS_BAR ? PROGRESS_TICK_MS : INFINITE;
    enum exit_code code;
    while (!look(wait, &code)) {
        if (WaitForMultipleObjects(2, events, FALSE, tick) == WAIT_OBJECT_0) {
            output_print(OUTPUT_ERROR, L"doctl: interrupted\n");
            leave_job(wait);
            return EXIT_INTERRUPTED;
        }
    }
    return code;
}

static HRESULT start(struct wait *wait, IBackgroundCopyCallback *callback)
{
    BG_JOB_PROGRESS now;
    ULONG flags = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_MODIFICATION;
    HRESULT hr = IBackgroundCopyJob_SetNotifyFlags(wait->job, flags);
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyJob_SetNotifyInterface(wait->job, (IUnknown *)callback);
    }
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyJob_GetProgress(wait->job, &now);
    }
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyJob_Resume(wait->job);
    }
    if (SUCCEEDED(hr)) {
        progress_begin(&wait->progress, wait->options->progress, &now);
    }
    return hr;
}

/* From Resume to the end of the job. */
static enum exit_code run_job(IBackgroundCopyManager *manager, IBackgroundCopyJob *job, const struct options *options)
{
    struct wait wait = {.manager = manager, .job = job, .options = options};
    HANDLE changed = NULL;
    IBackgroundCopyCallback *callback = callback_create(&changed);
    if (callback == NULL || !watch_interrupts()) {
        return failure_report(manager, E_OUTOFMEMORY, L"cannot start the download");
    }
    enum exit_code code;
    HRESULT hr = start(&wait, callback);
    if (FAILED(hr)) {
        code = failure_report(manager, hr, L"cannot start the download");
        leave_job(&wait);
    } else {
        code = wait_for_end(&wait, changed);
    }
    /* A job that stays must not call back into a program that ends; one that is gone refuses this, and rightly. */
    IBackgroundCopyJob_SetNotifyInterface(job, NULL);
    IBackgroundCopyCallback_Release(callback);
    return code;
}

/* The fully qualified form, which the API demands. Returns new (free). */
static wchar_t *full_path(const wchar_t *path)
{
    DWORD size = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *full = size != 0 ? malloc(size * sizeof *full) : NULL;
    if (full != NULL && GetFullPathNameW(path, size, full, NULL) >= size) {
        free(full);
        return NULL;
    }
    return full;
}

static enum exit_code add_file(IBackgroundCopyManager *manager, IBackgroundCopyJob *job, const wchar_t *url,
                               const wchar_t *path)
{
    wchar_t *local = full_path(path);
    HRESULT hr = local != NULL ? IBackgroundCopyJob_AddFile(job, url, local) : E_INVALIDARG;
    if (SUCCEEDED(hr)) {
        free(local);
        return EXIT_DONE;
    }
    enum exit_code code = failure_report(manager, hr, L"cannot download %ls to %ls", url, local != NULL ? local : path);
    if (hr == E_INVALIDARG) {
        output_print(
            OUTPUT_ERROR,
            L"  A URL begins with http:// or https:// and is at most 2,200 characters long. A FILE is an ordinary\n"
            L"  file name that no other download has.\n");
    }
    free(local);
    return code;
}

/* What the list shows: the last part of the first file's name, unless the user gave a name. */
static void choose_name(const struct options *options, wchar_t name[NAME_MAX + 1])
{
    const wchar_t *source = options->name;
    if (source == NULL) {
        source = options->pairs[1];
        for (const wchar_t *at = source; *at != L'\0'; at++) {
            if (wcschr(L"\\/", *at) != NULL && at[1] != L'\0') {
                source = at + 1;
            }
        }
    }
    size_t length = wcsnlen(source, NAME_MAX);
    memcpy(name, source, length * sizeof(*name));
    name[length] = L'\0';
}

enum exit_code command_download(IBackgroundCopyManager *manager, const struct options *options)
{
    wchar_t name[NAME_MAX + 1];
    GUID id;
    IBackgroundCopyJob *job = NULL;
    enum exit_code code = EXIT_DONE;
    choose_name(options, name);
    HRESULT hr = IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (FAILED(hr)) {
        return failure_report(manager, hr, L"cannot create a job");
    }
    for (size_t i = 0; code == EXIT_DONE && i < options->pair_count; i++) {
        code = add_file(manager, job, options->pairs[2 * i], options->pairs[2 * i + 1]);
    }
    if (code == EXIT_DONE) {
        code = run_job(manager, job, options);
    } else {
        IBackgroundCopyJob_Cancel(job);
    }
    IBackgroundCopyJob_Release(job);
    return code;
}

enum exit_code command_resume(IBackgroundCopyManager *manager, const struct options *options)
{
    IBackgroundCopyJob *job = NULL;
    HRESULT hr = IBackgroundCopyManager_GetJob(manager, &options->job_id, &job);
    if (FAILED(hr)) {
        return failure_report(manager, hr, L"cannot find the job");
    }
    enum exit_code code = run_job(manager, job, options);
    IBackgroundCopyJob_Release(job);
    return code;
}
